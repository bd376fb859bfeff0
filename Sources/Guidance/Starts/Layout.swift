import Glibc

/// A simple figure or band in one colour on a ground of another: a candidate for a searched start.
struct Layout: Equatable {
    /// Index of the ground's colour in `palette`.
    let ground: Int
    /// Index of the figure's colour.
    let figure: Int
    /// Which figure.
    let form: Form

    /// The starter recipe's 14 colours, 8-bit RGB.
    static let palette: [SIMD3<Float>] = [
        SIMD3(215, 30, 35), SIMD3(250, 135, 20), SIMD3(250, 220, 40), SIMD3(40, 160, 60), SIMD3(35, 85, 215),
        SIMD3(125, 45, 165), SIMD3(250, 130, 180), SIMD3(125, 75, 35), SIMD3(18, 18, 22), SIMD3(248, 248, 246),
        SIMD3(135, 135, 138), SIMD3(60, 205, 205), SIMD3(120, 185, 240), SIMD3(20, 20, 60),
    ].map { $0 / 255 }

    /// Every pair of different colours with every coarse form, and every colour by itself: 924 layouts.
    static let coarse: [Layout] = {
        let colors = palette.indices
        let pairs = colors.flatMap { ground in
            colors.filter { $0 != ground }.flatMap { figure in
                Form.coarse.map { Layout(ground: ground, figure: figure, form: $0) }
            }
        }
        return pairs + colors.map { Layout(ground: $0, figure: $0, form: Form.coarse[0]) }
    }()

    /// The same colours with the finer forms.
    var refined: [Layout] { Form.fine.map { Layout(ground: ground, figure: figure, form: $0) } }

    /// A square picture `[side, side, 3]` in [0, 1].
    func pixels(side: Int) -> [Float] {
        let (ground, figure) = (Layout.palette[ground], Layout.palette[figure])
        var pixels: [Float] = []
        pixels.reserveCapacity(side * side * 3)
        for y in 0..<side {
            for x in 0..<side {
                let share = form.groundShare(x: coordinate(x, side), y: coordinate(y, side))
                let color = ground * share + figure * (1 - share)
                pixels.append(contentsOf: [color.x, color.y, color.z])
            }
        }
        return pixels
    }

    /// −1 at the first pixel, 1 at the last.
    private func coordinate(_ index: Int, _ side: Int) -> Float { 2 * Float(index) / Float(max(side - 1, 1)) - 1 }
}

/// A figure as a distance, negative inside.
///
/// Coordinates run from −1 to 1, y downwards.
enum Form: Equatable {
    case disc(x: Float, y: Float, radius: Float)
    case twoDiscs
    case lowerBand(from: Float)
    case box(x: Float, y: Float, reach: Float)
    case triangle, diamond, star, heart, ring, cross

    static let coarse: [Form] = [
        .disc(x: 0, y: 0, radius: 0.35), .disc(x: 0, y: 0, radius: 0.6), .disc(x: 0, y: 0, radius: 0.85),
        .lowerBand(from: 0), .lowerBand(from: 0.25),
    ]

    static let fine: [Form] = [
        .box(x: 1, y: 1, reach: 0.45), .box(x: 1, y: 1, reach: 0.65), .triangle, .diamond, .star, .heart, .ring,
        .cross, .disc(x: -0.45, y: 0, radius: 0.3), .disc(x: 0.45, y: 0, radius: 0.3),
        .disc(x: 0, y: -0.45, radius: 0.3), .disc(x: 0, y: 0.45, radius: 0.3), .disc(x: 0, y: 0, radius: 0.18),
        .box(x: 0.6, y: 1.1, reach: 0.42), .twoDiscs,
    ]

    /// 1 outside, 0 inside, with a soft edge of about a fourteenth of the half side.
    func groundShare(x: Float, y: Float) -> Float { 1 / (1 + expf(-14 * distance(x, y))) }

    private func distance(_ x: Float, _ y: Float) -> Float {
        let radius = (x * x + y * y).squareRoot()
        switch self {
        case .disc(let a, let b, let r): return ((x - a) * (x - a) + (y - b) * (y - b)).squareRoot() - r
        case .twoDiscs:
            return min(
                Form.disc(x: -0.45, y: 0, radius: 0.3).distance(x, y),
                Form.disc(x: 0.45, y: 0, radius: 0.3).distance(x, y))
        case .lowerBand(let top): return top - y
        case .box(let a, let b, let reach): return max(abs(x) * a, abs(y) * b) - reach
        case .triangle: return max(abs(x) * 1.7 - y * 0.85, y) - 0.5
        case .diamond: return abs(x) * 1.3 + abs(y) - 0.75
        case .star: return radius * (1 - 0.33 * cosf(5 * atan2f(x, -y))) - 0.5
        case .heart:
            let (a, b) = (x * 1.7, 0.1 - y * 1.7)
            let square = a * a + b * b - 1
            return cbrtf(square * square * square - a * a * b * b * b) * 0.6
        case .ring: return abs(radius - 0.5) - 0.16
        case .cross: return min(max(abs(x) - 0.2, abs(y) - 0.6), max(abs(y) - 0.2, abs(x) - 0.6))
        }
    }
}
