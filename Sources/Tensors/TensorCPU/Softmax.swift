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

    /// `e^(x - max) / Σ` of the first `count` values of a row in place, zeros from there to `pitch`.
    ///
    /// `pitch` is a multiple of eight and the row has room for so many: no vector is ever taken apart. Returns the
    /// largest value and the reciprocal of the sum.
    @discardableResult
    static func softmaxRow(
        _ x: UnsafeMutablePointer<Float>, count: Int, pitch: Int
    ) -> (largest: Float, scale: Float) {
        // What lies behind the last value counts as nothing, whatever it is.
        let whole = count / 8 &* 8
        let outside = laneNumbers .>= Int32(truncatingIfNeeded: count &- whole)
        let end = whole < count ? whole &+ 8 : whole
        if whole < count {
            x.store(x.vector(whole).replacing(with: -.infinity, where: outside), at: whole)
        }
        var top = Vector(repeating: -.infinity)
        for i in stride(from: 0, to: end, by: 8) {
            let value = x.vector(i)
            top.replace(with: value, where: value .> top)
        }
        let greatest = top.max()
        let largest = Vector(repeating: greatest)
        var total = Vector()
        for i in stride(from: 0, to: whole, by: 8) {
            let value = exp(x.vector(i) - largest)
            x.store(value, at: i)
            total += value
        }
        if whole < count {
            let value = exp(x.vector(whole) - largest).replacing(with: 0, where: outside)
            x.store(value, at: whole)
            total += value
        }
        let scale = 1 / total.sum()
        for i in stride(from: 0, to: end, by: 8) { x.store(x.vector(i) * scale, at: i) }
        for i in stride(from: end, to: pitch, by: 8) { x.store(Vector(), at: i) }
        return (greatest, scale)
    }

    /// `dx = y · (dx - Σ y·dx)` of a row in place; returns the sum.
    ///
    /// `y` holds zeros from `count` to `pitch`.
    @discardableResult
    static func softmaxGradientRow(
        _ y: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>, count: Int, pitch: Int
    ) -> Float {
        let whole = count / 8 &* 8
        if whole < count {
            let outside = laneNumbers .>= Int32(truncatingIfNeeded: count &- whole)
            dx.store(dx.vector(whole).replacing(with: 0, where: outside), at: whole)
        }
        var total = Vector()
        for i in stride(from: 0, to: count, by: 8) { total.addProduct(y.vector(i), dx.vector(i)) }
        let inner = total.sum()
        for i in stride(from: 0, to: count, by: 8) { dx.store(y.vector(i) * (dx.vector(i) - inner), at: i) }
        for i in stride(from: (count &+ 7) / 8 &* 8, to: pitch, by: 8) { dx.store(Vector(), at: i) }
        return inner
    }

    /// 0 … 7.
    private static var laneNumbers: SIMD8<Int32> {
        @inline(__always) get { SIMD8(0, 1, 2, 3, 4, 5, 6, 7) }
    }
}
