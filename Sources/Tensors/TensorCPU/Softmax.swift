import TensorCore

extension CPUBackend {
    /// Softmax of every row.
    func softmax(_ x: Input, into y: UnsafeMutablePointer<Float>) {
        let (width, source) = (x.shape.rank == 0 ? 1 : x.shape[-1], x.pointer)
        forEachRows(of: x.shape.count / width, width: width) { row, rows, _ in
            for start in stride(from: row &* width, to: (row &+ rows) &* width, by: width) {
                Kernels.softmax(source + start, into: y + start, count: width)
            }
        }
    }

    /// `dx = y · (dy - Σ y·dy)` of every row.
    func softmaxBackward(_ output: Input, _ cotangent: Input, into dx: UnsafeMutablePointer<Float>) {
        let width = output.shape.rank == 0 ? 1 : output.shape[-1]
        forEachRows(of: output.shape.count / width, width: width) { row, rows, _ in
            for start in stride(from: row &* width, to: (row &+ rows) &* width, by: width) {
                Kernels.softmaxGradient(
                    output.pointer + start, cotangent.pointer + start, into: dx + start, count: width)
            }
        }
    }
}

extension Kernels {
    /// `e^(x - max) / Σ`, of one row; may work in place.
    static func softmax(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        var top = Vector(repeating: -.infinity)
        var i = 0
        while i &+ 8 <= count {
            let value = x.vector(i)
            top.replace(with: value, where: value .> top)
            i &+= 8
        }
        let rest = count &- i
        if rest > 0 {
            let value = x.vector(i, lanes: rest, fill: -.infinity)
            top.replace(with: value, where: value .> top)
        }
        let largest = Vector(repeating: top.max())
        var total = Vector()
        i = 0
        while i &+ 8 <= count {
            let value = exp(x.vector(i) - largest)
            y.store(value, at: i)
            total += value
            i &+= 8
        }
        var sum = total.sum()
        if rest > 0 {
            let value = exp(x.vector(i, lanes: rest) - largest)
            y.store(value, at: i, lanes: rest)
            for lane in 0..<rest { sum += value[lane] }
        }
        let scale = Vector(repeating: 1 / sum)
        map(UnsafePointer(y), into: y, count: count) { $0 * scale }
    }

    /// `y · (dy - Σ y·dy)`, of one row; may work in place over `dy`.
    static func softmaxGradient(
        _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>, count: Int
    ) {
        let inner = Vector(repeating: sum(y, dy, count: count) { $0 * $1 })
        map(y, dy, into: dx, count: count) { $0 * ($1 - inner) }
    }
}
