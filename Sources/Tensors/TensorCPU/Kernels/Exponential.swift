import CIntrinsics

extension Kernels {
    /// `e^x` of every lane.
    ///
    /// `x = n·ln 2 + r` with `|r| ≤ ½ ln 2`, then a polynomial of degree 7 (Cephes' `expf`): relative error below
    /// 2e-7. Arguments outside [-87, 88] count as the bounds, so the result is never zero, denormal or infinite; NaN
    /// stays NaN.
    @inline(__always)
    static func exp(_ argument: Vector) -> Vector {
        let x = atelier_bounded(argument, Vector(repeating: -87), Vector(repeating: 88))
        // Adding 1.5 · 2^23 rounds to a whole number and leaves it in the low bits.
        let magic = Vector(repeating: 12_582_912)
        let shifted = magic.addingProduct(x, Vector(repeating: 1.442_695_04))
        let n = shifted - magic
        // ln 2 in two parts: n times the first, 0.693359375, is exact.
        let r = x.addingProduct(n, Vector(repeating: -0.693_359_375))
            .addingProduct(n, Vector(repeating: 2.121_944_4e-4))
        var p = Vector(repeating: 1.398_199_950_7e-3).addingProduct(r, Vector(repeating: 1.987_569_150e-4))
        p = Vector(repeating: 8.333_451_907_3e-3).addingProduct(p, r)
        p = Vector(repeating: 4.166_579_589_4e-2).addingProduct(p, r)
        p = Vector(repeating: 1.666_666_545_9e-1).addingProduct(p, r)
        p = Vector(repeating: 5.000_000_120_1e-1).addingProduct(p, r)
        p = (r + 1).addingProduct(p, r * r)
        let exponent = (unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23) &+ 0x3F80_0000
        return p * unsafeBitCast(exponent, to: Vector.self)
    }

    /// `1 / (1 + e^-x)`.
    @inline(__always)
    static func sigmoid(_ x: Vector) -> Vector { 1 / (1 + exp(-x)) }

    /// The normal distribution function `Φ(x)` and its density `φ(x)`.
    ///
    /// Abramowitz and Stegun 7.1.26 for the complementary error function: absolute error of Φ below 2e-7.
    @inline(__always)
    static func normalDistribution(_ x: Vector) -> (cumulative: Vector, density: Vector) {
        let magnitude = x.replacing(with: -x, where: x .< 0)
        let t = 1 / (magnitude * (0.327_591_1 * 0.707_106_78) + 1)
        var p = t * 1.061_405_429 - 1.453_152_027
        p = p * t + 1.421_413_741
        p = p * t - 0.284_496_736
        p = p * t + 0.254_829_592
        let bell = exp(x * x * -0.5)
        let tail = p * t * bell * 0.5
        return ((1 - tail).replacing(with: tail, where: x .< 0), bell * 0.398_942_28)
    }
}
