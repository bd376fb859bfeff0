import TensorCore

extension CPUBackend {
    /// `y = f(a, b)` where `b` repeats with the period of its own count.
    @inline(__always)
    func combineSuffix(
        _ a: Input, _ b: Input, into y: UnsafeMutablePointer<Float>, _ f: (Vector, Vector) -> Vector
    ) {
        let (count, period, x) = (a.shape.count, b.shape.count, a.pointer)
        guard period < count else {
            forEachChunk(of: count, size: Limits.elementwiseChunk) { start, count, _ in
                Kernels.map(x + start, b.pointer + start, into: y + start, count: count, f)
            }
            return
        }
        // A short period (three channels) is repeated first, so that the inner loop stays long.
        let repeats = min(count / period, max(1, 1024 / period))
        let width = repeats * period
        withScratch(width, chunks: 1) { scratch in
            let pattern = scratch[0]
            for i in 0..<repeats { (pattern + i &* period).update(from: b.pointer, count: period) }
            forEachRows(of: (count + width - 1) / width, width: width) { row, rows, _ in
                for start in stride(from: row &* width, to: min(count, (row &+ rows) &* width), by: width) {
                    Kernels.map(
                        x + start, UnsafePointer(pattern), into: y + start, count: min(width, count &- start), f)
                }
            }
        }
    }

    /// `y = f(a, b)` where every element of `b` serves a run of `a`.
    @inline(__always)
    func combinePrefix(
        _ a: Input, _ b: Input, into y: UnsafeMutablePointer<Float>, _ f: (Vector, Vector) -> Vector
    ) {
        let (width, x, values) = (a.shape.count / b.shape.count, a.pointer, b.pointer)
        // A run may be a whole picture: it is split as well.
        let part = min(width, Limits.elementwiseChunk)
        let parts = (width + part - 1) / part
        forEachRows(of: b.shape.count &* parts, width: part) { first, count, _ in
            for index in first..<first &+ count {
                let (row, offset) = (index / parts, (index % parts) &* part)
                let value = Vector(repeating: values[row])
                let start = row &* width &+ offset
                Kernels.map(x + start, into: y + start, count: min(part, width &- offset)) { f($0, value) }
            }
        }
    }

    /// `y = f(x)`.
    @inline(__always)
    func transform(_ x: Input, into y: UnsafeMutablePointer<Float>, _ f: (Vector) -> Vector) {
        let source = x.pointer
        forEachChunk(of: x.shape.count, size: Limits.elementwiseChunk) { start, count, _ in
            Kernels.map(source + start, into: y + start, count: count, f)
        }
    }

    /// `scale · x + shift`.
    func affine(_ x: Input, scale: Float, shift: Float, into y: UnsafeMutablePointer<Float>) {
        let (scale, shift) = (Vector(repeating: scale), Vector(repeating: shift))
        transform(x, into: y) { shift.addingProduct($0, scale) }
    }

    /// `min(max(x, low), high)`.
    func clamp(_ x: Input, _ low: Float, _ high: Float, into y: UnsafeMutablePointer<Float>) {
        let (low, high) = (Vector(repeating: low), Vector(repeating: high))
        transform(x, into: y) { Kernels.clamp($0, low, high) }
    }

    /// What a clamp passes back under its rule.
    func clampBackward(
        _ x: Input, _ cotangent: Input, _ low: Float, _ high: Float, _ rule: ClampRule,
        into y: UnsafeMutablePointer<Float>
    ) {
        let (low, high) = (Vector(repeating: low), Vector(repeating: high))
        switch rule {
        case .ordinary:
            combineSuffix(x, cotangent, into: y) { x, dy in
                dy.replacing(with: 0, where: (x .< low) .| (x .> high))
            }
        case .restoring:
            combineSuffix(x, cotangent, into: y) { x, dy in
                let outward = dy * (x - Kernels.clamp(x, low, high)) .< 0
                return dy.replacing(with: 0, where: outward)
            }
        }
    }

    /// A clamp with bounds of its own for every channel.
    func clampChannels(_ x: Input, low: Input, high: Input, into y: UnsafeMutablePointer<Float>) {
        let (width, source) = (x.shape[-1], x.pointer)
        forEachRows(of: x.shape.count / width, width: width) { row, rows, _ in
            for start in stride(from: row &* width, to: (row &+ rows) &* width, by: width) {
                Kernels.map(source + start, low.pointer, into: y + start, count: width) {
                    $0.replacing(with: $1, where: $0 .< $1)
                }
                Kernels.map(UnsafePointer(y + start), high.pointer, into: y + start, count: width) {
                    $0.replacing(with: $1, where: $0 .> $1)
                }
            }
        }
    }

    /// Writes one value everywhere.
    func fill(_ y: UnsafeMutablePointer<Float>, count: Int, with value: Float) {
        forEachChunk(of: count, size: Limits.elementwiseChunk) { start, count, _ in
            (y + start).update(repeating: value, count: count)
        }
    }
}

extension Kernels {
    /// `min(max(x, low), high)`; NaN stays NaN.
    @inline(__always)
    static func clamp(_ x: Vector, _ low: Vector, _ high: Vector) -> Vector {
        x.replacing(with: low, where: x .< low).replacing(with: high, where: x .> high)
    }
}
