/// Eight pixels, one vector per channel.
struct Pixels {
    var red: Vector
    var green: Vector
    var blue: Vector
}

/// Hue, saturation and value of eight pixels with what the way back needs; constants of kornia 0.5.4.
///
/// `V = max`, `S = d / (V + 1e-6)` with `d = max - min`, and the hue in sixths of a turn from the first channel that
/// equals the maximum.
struct HSV {
    let value: Vector
    let saturation: Vector
    /// Hue in radians, in [0, 2π).
    let hue: Vector

    private let spread: Vector
    private let divisor: Vector
    /// The other two channels' difference in the order of the hue's formula.
    private let difference: Vector
    // Which channel is the first maximum and which the first minimum; blue where neither is set.
    private let topIsRed: SIMDMask<SIMD8<Int32>>
    private let topIsGreen: SIMDMask<SIMD8<Int32>>
    private let bottomIsRed: SIMDMask<SIMD8<Int32>>
    private let bottomIsGreen: SIMDMask<SIMD8<Int32>>

    @inline(__always)
    init(_ x: Pixels) {
        let top = x.red.replacing(with: x.green, where: x.green .> x.red)
        value = top.replacing(with: x.blue, where: x.blue .> top)
        let bottom = x.red.replacing(with: x.green, where: x.green .< x.red)
        let least = bottom.replacing(with: x.blue, where: x.blue .< bottom)
        topIsRed = x.red .== value
        topIsGreen = (x.green .== value) .& (.!topIsRed)
        bottomIsRed = x.red .== least
        bottomIsGreen = (x.green .== least) .& (.!bottomIsRed)

        spread = value - least
        saturation = spread / (value + 1e-6)
        divisor = spread.replacing(with: 1, where: spread .== 0)
        difference = (x.red - x.green)
            .replacing(with: x.blue - x.red, where: topIsGreen)
            .replacing(with: x.green - x.blue, where: topIsRed)
        // In kornia's order of rounding: where two channels are equal the hue lies between two sectors, and rounding
        // decides which of their derivatives is taken.
        let (rc, gc, bc) = (value - x.red, value - x.green, value - x.blue)
        let sixths = (4 * divisor + gc - rc)
            .replacing(with: 2 * divisor + rc - bc, where: topIsGreen)
            .replacing(with: bc - gc, where: topIsRed)
        let turn = sixths / divisor / 6
        hue = (turn - Kernels.floor(turn)) * HSV.fullTurn
    }

    /// 2π rounded to nearest; twice `Float.pi`, which is rounded towards zero, is one unit less.
    static let fullTurn: Float = 6.283_185_5

    /// The cotangent of the pixels from those of value, saturation and hue (in sixths of a turn).
    @inline(__always)
    func pullback(value dv: Vector, saturation ds: Vector, sixths dh: Vector) -> Pixels {
        let offset = value + 1e-6
        // Where all channels are equal the divisor is a constant.
        let fromHue = (dh * difference / (divisor * divisor)).replacing(with: 0, where: spread .== 0)
        let dSpread = ds / offset - fromHue
        let dTop = dv - ds * spread / (offset * offset) + dSpread
        let share = dh / divisor
        let zero = Vector()
        // The difference is green - blue, blue - red or red - green, by the channel on top.
        var red = share.replacing(with: -share, where: topIsGreen).replacing(with: zero, where: topIsRed)
        var green = (-share).replacing(with: zero, where: topIsGreen).replacing(with: share, where: topIsRed)
        var blue = zero.replacing(with: share, where: topIsGreen).replacing(with: -share, where: topIsRed)
        red += zero.replacing(with: dTop, where: topIsRed) - zero.replacing(with: dSpread, where: bottomIsRed)
        green += zero.replacing(with: dTop, where: topIsGreen) - zero.replacing(with: dSpread, where: bottomIsGreen)
        blue += dTop.replacing(with: zero, where: topIsRed .| topIsGreen)
        blue -= dSpread.replacing(with: zero, where: bottomIsRed .| bottomIsGreen)
        return Pixels(red: red, green: green, blue: blue)
    }
}

/// The way from hue, saturation and value back to pixels: the sector is a constant, the rest is differentiable.
///
/// With `p = V(1-S)`, `q = V(1-fS)`, `t = V(1-(1-f)S)` and `f` the fraction of the sixth, the sectors 0 … 5 are
/// `(V,t,p) (q,V,p) (p,V,t) (p,q,V) (t,p,V) (V,p,q)`.
struct HSVSector {
    private let sector: Vector
    private let fraction: Vector
    private let saturation: Vector
    private let value: Vector

    @inline(__always)
    init(hue: Vector, saturation: Vector, value: Vector) {
        let sixths = hue / HSV.fullTurn * 6
        let whole = Kernels.floor(sixths)
        sector = whole - 6 * Kernels.floor(whole / 6)
        fraction = sixths - 6 * Kernels.floor(sixths / 6) - sector
        self.saturation = saturation
        self.value = value
    }

    /// The pixels.
    @inline(__always)
    var pixels: Pixels {
        let p = value * (1 - saturation)
        let q = value * (1 - fraction * saturation)
        let t = value * (1 - (1 - fraction) * saturation)
        let red = value.replacing(with: q, where: sector .== 1)
            .replacing(with: p, where: (sector .== 2) .| (sector .== 3))
            .replacing(with: t, where: sector .== 4)
        let green = p.replacing(with: t, where: sector .== 0)
            .replacing(with: value, where: (sector .== 1) .| (sector .== 2))
            .replacing(with: q, where: sector .== 3)
        let blue = q.replacing(with: p, where: (sector .== 0) .| (sector .== 1))
            .replacing(with: t, where: sector .== 2)
            .replacing(with: value, where: (sector .== 3) .| (sector .== 4))
        return Pixels(red: red, green: green, blue: blue)
    }

    /// Cotangents of value, saturation and fraction; the fraction's is that of the hue in sixths of a turn.
    @inline(__always)
    func pullback(_ dy: Pixels) -> (value: Vector, saturation: Vector, sixths: Vector) {
        let dv = dy.red.replacing(with: dy.green, where: (sector .== 1) .| (sector .== 2))
            .replacing(with: dy.blue, where: (sector .== 3) .| (sector .== 4))
        let dp = dy.green.replacing(with: dy.blue, where: (sector .== 0) .| (sector .== 1))
            .replacing(with: dy.red, where: (sector .== 2) .| (sector .== 3))
        let dq = Vector().replacing(with: dy.red, where: sector .== 1)
            .replacing(with: dy.green, where: sector .== 3).replacing(with: dy.blue, where: sector .== 5)
        let dt = Vector().replacing(with: dy.green, where: sector .== 0)
            .replacing(with: dy.blue, where: sector .== 2).replacing(with: dy.red, where: sector .== 4)
        let rest = 1 - fraction
        let fromP = dp * (1 - saturation)
        let fromQ = dq * (1 - fraction * saturation)
        let fromT = dt * (1 - rest * saturation)
        let bySaturation = dp + dq * fraction + dt * rest
        return (dv + fromP + fromQ + fromT, -value * bySaturation, value * saturation * (dt - dq))
    }
}

extension Kernels {
    /// The largest whole number not above `x`, for `|x| < 2^22`.
    @inline(__always)
    static func floor(_ x: Vector) -> Vector {
        // Adding 1.5 · 2^23 rounds to a whole number; where that was upwards, one is too much.
        let magic = Vector(repeating: 12_582_912)
        let nearest = (x + magic) - magic
        return nearest.replacing(with: nearest - 1, where: nearest .> x)
    }
}
