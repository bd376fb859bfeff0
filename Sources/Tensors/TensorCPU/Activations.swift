import TensorCore

extension CPUBackend {
    /// `y = a(x)`.
    func activate(_ activation: Activation, _ x: Input, into y: UnsafeMutablePointer<Float>) {
        let source = x.pointer
        forEachChunk(of: x.shape.count, size: Limits.elementwiseChunk) { start, count, _ in
            switch activation {
            case .swish: Kernels.map(source + start, into: y + start, count: count) { Kernels.swish($0) }
            case .gelu: Kernels.map(source + start, into: y + start, count: count) { Kernels.gelu($0) }
            case .quickGELU: Kernels.map(source + start, into: y + start, count: count) { Kernels.quickGELU($0) }
            case .relu: Kernels.map(source + start, into: y + start, count: count) { Kernels.relu($0) }
            }
        }
    }

    /// `dx = a'(x) · dy`.
    func activateBackward(
        _ activation: Activation, _ x: Input, _ cotangent: Input, into y: UnsafeMutablePointer<Float>
    ) {
        let (source, dy) = (x.pointer, cotangent.pointer)
        forEachChunk(of: x.shape.count, size: Limits.elementwiseChunk) { start, count, _ in
            let (x, dy, y) = (source + start, dy + start, y + start)
            switch activation {
            case .swish: Kernels.map(x, dy, into: y, count: count) { Kernels.swishSlope($0) * $1 }
            case .gelu: Kernels.map(x, dy, into: y, count: count) { Kernels.geluSlope($0) * $1 }
            case .quickGELU: Kernels.map(x, dy, into: y, count: count) { Kernels.quickGELUSlope($0) * $1 }
            case .relu: Kernels.map(x, dy, into: y, count: count) { $1.replacing(with: 0, where: $0 .<= 0) }
            }
        }
    }
}

extension Kernels {
    /// `x · sigmoid(x)`.
    @inline(__always)
    static func swish(_ x: Vector) -> Vector { x / (1 + exp(-x)) }

    /// `s · (1 + x · (1 - s))`.
    @inline(__always)
    static func swishSlope(_ x: Vector) -> Vector {
        let s = sigmoid(x)
        return s * (1 + x * (1 - s))
    }

    /// `x · Φ(x)`.
    @inline(__always)
    static func gelu(_ x: Vector) -> Vector { x * normalDistribution(x).cumulative }

    /// `Φ(x) + x · φ(x)`.
    @inline(__always)
    static func geluSlope(_ x: Vector) -> Vector {
        let (cumulative, density) = normalDistribution(x)
        return cumulative + x * density
    }

    /// `x · sigmoid(1.702 x)`.
    @inline(__always)
    static func quickGELU(_ x: Vector) -> Vector { x / (1 + exp(x * -1.702)) }

    /// `s · (1 + 1.702 x · (1 - s))`.
    @inline(__always)
    static func quickGELUSlope(_ x: Vector) -> Vector {
        let s = sigmoid(x * 1.702)
        return s * (1 + x * 1.702 * (1 - s))
    }

    /// `max(x, 0)`.
    @inline(__always)
    static func relu(_ x: Vector) -> Vector { x.replacing(with: 0, where: x .< 0) }
}
