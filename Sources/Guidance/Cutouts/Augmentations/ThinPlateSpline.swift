import Glibc
public import TensorCore

/// A smooth warp given by five moved points (`Ts`), after kornia 0.5.4.
///
/// Experimental. Its quirks are kept. The fourth control point repeats the third, so one corner is free and the system of equations
/// near to singular: single precision and other solvers may differ visibly. The kernel matrix mixes moved and unmoved
/// points. Positions are normalised with pixel corners but sampled as cells, which enlarges the view by S/(S − 1).
/// Either all views are changed or none, though each in its own way. `corrected` has four corners and a centre, the
/// spline through them, and does not enlarge.
public struct ThinPlateSpline: QuirkyAugmentation {
    /// Largest motion of a control point, in half sides, either way and along either axis.
    public var scale: Float = 0.8
    /// How often the views are changed.
    public var probability: Float = 0.7
    /// Uses four different corners and a proper spline.
    public var corrected = false

    /// The published settings.
    public init() {}

    /// What a user may change.
    public static let tunables = [
        Tunable("p", \Self.probability, in: 0...1), Tunable("scale", \.scale, in: 0...2),
    ]

    /// The control points in half sides from the centre.
    static func controlPoints(corrected: Bool) -> [SIMD2<Double>] {
        [SIMD2(-1, -1), SIMD2(-1, 1), SIMD2(1, -1), corrected ? SIMD2(1, 1) : SIMD2(1, -1), SIMD2(0, 0)]
    }

    /// Draws the motions of the control points of every view.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        let selected = random.bernoulli(probability)
        return Drawn(
            moves: (0..<count).map { _ in
                let moves = (0..<5).map { _ in
                    let x = random.uniform(-scale, scale)
                    return SIMD2(x, random.uniform(-scale, scale))
                }
                return selected ? moves : nil
            }, corrected: corrected)
    }

    /// Warps by known motions.
    public struct Drawn: DrawnAugmentation {
        /// Five motions per view in half sides; nil leaves a view alone.
        public var moves: [[SIMD2<Float>]?]
        /// Whether the proper spline is used.
        public var corrected: Bool

        /// Makes the change of these parameters.
        public init(moves: [[SIMD2<Float>]?], corrected: Bool = false) {
            precondition(moves.allSatisfy { $0?.count ?? 5 == 5 }, "a spline has five control points")
            self.moves = moves
            self.corrected = corrected
        }

        /// Solves for every view's spline and samples there.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard moves.contains(where: { $0 != nil }) else { return input }
            let side = input.shape[1]
            let splines = moves.map { $0.map { Spline(moves: $0, corrected: corrected) } }
            let half = Float(side - 1) / 2
            let scale = corrected ? half : Float(side) / 2
            let grid = samplingGrid(count: moves.count, side: side, on: input.backend) { view, x, y in
                guard let spline = splines[view] else { return SIMD2(x, y) }
                return spline(Double(x) / Double(half) - 1, Double(y) / Double(half) - 1) * scale + half
            }
            return Tensor.apply(.gridSample(.zeros), [input, grid])
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn { Drawn(moves: Array(moves[range]), corrected: corrected) }
    }
}

/// `f(v) = a + A·v + Σ wᵢ·U(‖v − cᵢ‖)` with `U(r) = ½r²·log(r² + 1e-8)` (Bookstein 1989).
///
/// In double precision: near to singular systems have large weights, which cancel.
private struct Spline {
    private let centers: [SIMD2<Double>]
    /// Five weights, then the constant and the slopes along x and y; for both coordinates.
    private let weights: [SIMD2<Double>]

    init(moves: [SIMD2<Float>], corrected: Bool) {
        let points = ThinPlateSpline.controlPoints(corrected: corrected)
        let moved = zip(points, moves).map { $0 + SIMD2<Double>($1) }
        // The spline takes moved points of the result to the points they came from; kornia has its centres elsewhere.
        let centers = corrected ? moved : points
        var rows = (0..<8).map { row in
            (0..<8).map { column -> Double in
                switch (row < 5, column < 5) {
                case (true, true): Self.kernel(moved[row] - centers[column])
                case (true, false): Self.monomials(moved[row])[column - 5]
                case (false, true): Self.monomials(moved[column])[row - 5]
                case (false, false): 0
                }
            } + (row < 5 ? [points[row].x, points[row].y] : [0, 0])
        }
        solve(&rows)
        self.centers = centers
        weights = rows.map { SIMD2($0[8], $0[9]) }
    }

    private static func monomials(_ point: SIMD2<Double>) -> [Double] { [1, point.x, point.y] }

    private static func kernel(_ offset: SIMD2<Double>) -> Double {
        let square = (offset * offset).sum()
        return 0.5 * square * log(square + 1e-8)
    }

    func callAsFunction(_ x: Double, _ y: Double) -> SIMD2<Float> {
        var sum = weights[5] + weights[6] * x + weights[7] * y
        for i in 0..<5 {
            let (u, v) = (x - centers[i].x, y - centers[i].y)
            let square = u * u + v * v
            sum += weights[i] * (0.5 * square * log(square + 1e-8))
        }
        return SIMD2<Float>(sum)
    }
}

/// Gaussian elimination with row pivots: square systems with their right sides appended become those sides' solutions.
///
/// A system without a solution gives numbers that are not finite, which a sampled picture shows as black.
private func solve(_ rows: inout [[Double]]) {
    let count = rows.count
    for column in 0..<count {
        let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
        rows.swapAt(column, pivot)
        let head = rows[column].map { $0 / rows[column][column] }
        rows[column] = head
        for other in 0..<count where other != column {
            let factor = rows[other][column]
            for i in column..<head.count { rows[other][i] -= factor * head[i] }
        }
    }
}
