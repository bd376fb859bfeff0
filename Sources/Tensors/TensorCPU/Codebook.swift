import TensorCore

extension CPUBackend {
    /// Rows of a table.
    func gather(table: Input, indices: Input, into y: UnsafeMutablePointer<Float>) {
        let (rows, width) = (table.shape[0], table.shape[1])
        forEachRows(of: indices.shape.count, width: width) { first, count, _ in
            for place in first..<first &+ count {
                let index = indices.pointer[place]
                precondition(
                    index >= 0 && index < Float(rows), "index \(index) at \(place) lies outside a table of \(rows) rows"
                )
                (y + place &* width).update(from: table.pointer + Int(index) &* width, count: width)
            }
        }
    }

    /// The index of the codebook's row nearest to every row of `z`, the lowest on ties.
    ///
    /// `|c|² - 2 z·c` comes from a matrix product in single precision, whose rounding can exchange near ties. So each
    /// part of the codebook takes all its rows within the rounding error of its smallest value, compares these by
    /// their exact distance in double precision, and the parts' winners are compared in the codebook's order.
    func nearestCode(_ z: Input, codebook: Input, into y: UnsafeMutablePointer<Float>) {
        let (codes, width) = (codebook.shape[0], codebook.shape[1])
        let rows = z.shape.count / width
        let lengths = squaredLengths(codebook)
        let parts = (codes + Limits.codebookRows - 1) / Limits.codebookRows
        for start in stride(from: 0, to: rows, by: Limits.codeRows) {
            let count = min(Limits.codeRows, rows - start)
            var winners = [(index: Int, distance: Double)](repeating: (0, .infinity), count: parts * count)
            winners.withUnsafeMutableBufferPointer { winners in
                guard let winners = winners.baseAddress else { return }
                withScratch(count * Limits.codebookRows, chunks: parts) { scratch in
                    forEachChunk(of: codes, size: Limits.codebookRows) { first, part, lane in
                        Kernels.nearestCode(
                            z.pointer + start &* width, rows: count, codebook.pointer + first &* width,
                            lengths: lengths.elements + first, codes: part, width: width, products: scratch[lane]
                        ) { row, index, distance in
                            winners[first / Limits.codebookRows &* count &+ row] = (first &+ index, distance)
                        }
                    }
                }
                for row in 0..<count {
                    var best = winners[row]
                    for part in 1..<max(parts, 1) where winners[part * count + row].distance < best.distance {
                        best = winners[part * count + row]
                    }
                    y[start + row] = Float(best.index)
                }
            }
        }
    }

    /// `|c|²` of every row; kept with the codebook.
    private func squaredLengths(_ codebook: Input) -> CPUBuffer {
        let (codes, width, source) = (codebook.shape[0], codebook.shape[1], codebook.pointer)
        return codebook.buffer.layout(.squaredLengths(rows: codes)) {
            let lengths = allocate(codes, for: .constants)
            forEachRows(of: codes, width: width) { first, count, _ in
                for row in first..<first &+ count {
                    let code = source + row &* width
                    lengths.pointer[row] = Kernels.sum(code, code, count: width) { $0 * $1 }
                }
            }
            return lengths
        }
    }
}

extension Kernels {
    /// The nearest of some codes to each row of `z`, by exact distance; `report` gets row, index and distance.
    static func nearestCode(
        _ z: UnsafePointer<Float>, rows: Int, _ codebook: UnsafePointer<Float>, lengths: UnsafePointer<Float>,
        codes: Int, width: Int, products: UnsafeMutablePointer<Float>, report: (Int, Int, Double) -> Void
    ) {
        multiply(
            Matrix(z, stride: width), Matrix(codebook, stride: width, transposed: true), m: rows, n: codes, k: width,
            scale: -2, into: products, stride: codes)
        var longest: Float = 0
        for code in 0..<codes where lengths[code] > longest { longest = lengths[code] }
        for row in 0..<rows {
            let (point, line) = (z + row &* width, products + row &* codes)
            accumulate(lengths, into: line, count: codes)
            let least = minimum(line, count: codes)
            // Bounds the rounding of both terms: (width + 3) · ε/2 of what is summed, on either side of a comparison.
            let length = sum(point, point, count: width) { $0 * $1 }
            let slack = Float(width &+ 3) * .ulpOfOne * (longest + 2 * (length * longest).squareRoot())
            var best = (index: 0, distance: Double.infinity)
            eachIndex(of: line, atMost: least + slack, count: codes) { code in
                let distance = squaredDistance(point, codebook + code &* width, count: width)
                if distance < best.distance { best = (code, distance) }
            }
            report(row, best.index, best.distance)
        }
    }

    /// The smallest of some values; infinity of none.
    private static func minimum(_ x: UnsafePointer<Float>, count: Int) -> Float {
        var least = Vector(repeating: .infinity)
        let whole = count / 8 &* 8
        for i in stride(from: 0, to: whole, by: 8) {
            let value = x.vector(i)
            least.replace(with: value, where: value .< least)
        }
        var result = least.min()
        for i in whole..<count where x[i] < result { result = x[i] }
        return result
    }

    /// Calls `body` with the place of every value that is not above a bound, in order.
    @inline(__always)
    private static func eachIndex(
        of x: UnsafePointer<Float>, atMost bound: Float, count: Int, _ body: (Int) -> Void
    ) {
        let whole = count / 32 &* 32
        for start in stride(from: 0, to: whole, by: 32) {
            // The smallest of 32 answers for all: few hold a candidate.
            if minimum(x + start, count: 32) > bound { continue }
            for i in start..<start &+ 32 where x[i] <= bound { body(i) }
        }
        for i in whole..<count where x[i] <= bound { body(i) }
    }

    /// `Σ (a - b)²` in double precision.
    static func squaredDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Double {
        var partial = SIMD8<Double>()
        let whole = count / 8 &* 8
        for i in stride(from: 0, to: whole, by: 8) {
            let difference = SIMD8<Double>(a.vector(i)) - SIMD8<Double>(b.vector(i))
            partial.addProduct(difference, difference)
        }
        var total = partial.sum()
        for i in whole..<count { total += (Double(a[i]) - Double(b[i])) * (Double(a[i]) - Double(b[i])) }
        return total
    }
}
