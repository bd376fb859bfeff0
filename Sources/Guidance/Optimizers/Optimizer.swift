/// An optimiser of host arrays: plain state, and a rule that moves variables against their gradients.
///
/// The rules follow PyTorch (DiffGrad and AdamP: the `torch_optimizer` package) in their order of rounding: what is
/// one number per step is computed in double precision, what is one per variable in single.
public struct Optimizer: Sendable, Equatable {
    /// Which optimiser it is.
    public let name: OptimizerName
    /// What it remembers of every variable, in the order of `name.rule.moments`.
    public private(set) var moments: [[Float]]
    /// Steps done.
    public private(set) var steps: Int
    /// Extent of the variables' first axis, 0 where they have one axis only.
    ///
    /// It matters to AdamP alone.
    private let rows: Int

    /// Starts with empty moments.
    ///
    /// - Parameters:
    ///   - name: which optimiser.
    ///   - count: number of variables.
    ///   - rows: extent of the variables' first axis, 1 for a latent `[1, h, w, e]`; 0 for a vector, which AdamP does
    ///     not project.
    public init(_ name: OptimizerName, count: Int, rows: Int = 1) {
        self.name = name
        self.rows = rows
        moments = name.rule.moments.map { _ in [Float](repeating: 0, count: count) }
        steps = 0
    }

    /// Goes on with the moments of another optimiser; nil unless they are those of this name, all of one length.
    init?(_ name: OptimizerName, moments: [[Float]], steps: Int) {
        guard moments.count == name.rule.moments.count, moments.allSatisfy({ $0.count == moments[0].count }) else {
            return nil
        }
        (self.name, self.moments, self.steps, rows) = (name, moments, steps, 1)
    }

    /// Moves `z` one step against `gradient`.
    public mutating func step(_ z: inout [Float], gradient: [Float], learningRate: Double) {
        precondition(
            z.count == moments[0].count && gradient.count == z.count,
            "\(z.count) variables and \(gradient.count) gradients for \(moments[0].count) moments")
        steps += 1
        name.rule.move(&z, gradient, &moments, UpdateStep(number: steps, learningRate: learningRate, rows: rows))
    }
}

/// What a rule is told about a step besides variables and gradients.
struct UpdateStep {
    /// 1 for the first.
    let number: Int
    let learningRate: Double
    /// Extent of the variables' first axis, 0 for a vector.
    let rows: Int

    /// `βᵗ` by squaring: the same bits on every system.
    func power(_ beta: Double) -> Double {
        var (result, square, rest) = (1.0, beta, number)
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }

    /// `1 − βᵗ`: how much of a mean's weight has been handed out after t steps.
    func correction(_ beta: Double) -> Double { 1 - power(beta) }
}

/// A rule by which variables move.
protocol UpdateRule {
    /// What is remembered of every variable, by PyTorch's names; all begin with zeros.
    static var moments: [String] { get }
    /// Moves the variables one step and brings the moments up to date.
    ///
    /// - Precondition: `z`, `gradient` and all moments have one length.
    static func move(_ z: inout [Float], _ gradient: [Float], _ moments: inout [[Float]], _ step: UpdateStep)
}

/// The two means that Adam and its relatives keep, β = (0.9, 0.999).
enum AdamMoments {
    static let names = ["exp_avg", "exp_avg_sq"]
    static let beta1 = 0.9
    static let beta2 = 0.999

    /// `m + (g − m)(1 − β₁)`, the mean of the gradients.
    static func first(_ m: Float, _ g: Float) -> Float { m + (g - m) * Float(1 - beta1) }

    /// `β₂v + (1 − β₂)g²`, the mean of their squares.
    static func second(_ v: Float, _ g: Float) -> Float { v * Float(beta2) + Float(1 - beta2) * g * g }
}
