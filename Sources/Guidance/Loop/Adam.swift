/// Adam on host arrays (Kingma & Ba 2015), with PyTorch's order of rounding.
///
/// For step t with gradient g: `m ← m + (g − m)(1 − β₁)`, `v ← β₂v + (1 − β₂)g²`,
/// `z ← z − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)` with β = (0.9, 0.999) and ε = 1e-8. The bias corrections are
/// computed in double precision, everything else in single.
public struct Adam: Sendable, Equatable {
    /// Mean of the gradients.
    public internal(set) var first: [Float]
    /// Mean of the squared gradients.
    public internal(set) var second: [Float]
    /// Steps done.
    public internal(set) var steps: Int

    /// Starts with empty moments for `count` variables.
    public init(count: Int) {
        first = [Float](repeating: 0, count: count)
        second = first
        steps = 0
    }

    init(first: [Float], second: [Float], steps: Int) {
        precondition(first.count == second.count, "moments of \(first.count) and \(second.count) variables")
        self.first = first
        self.second = second
        self.steps = steps
    }

    /// Moves `z` one step against `gradient`.
    public mutating func step(_ z: inout [Float], gradient: [Float], learningRate: Double) {
        precondition(
            z.count == first.count && gradient.count == first.count,
            "\(z.count) variables and \(gradient.count) gradients for \(first.count) moments")
        steps += 1
        let (beta1, beta2) = (0.9, 0.999)
        let (correction1, correction2) = (1 - power(beta1, steps), 1 - power(beta2, steps))
        let stepSize = Float(learningRate / correction1)
        let root2 = Float(correction2.squareRoot())
        let (gain1, keep2, gain2) = (Float(1 - beta1), Float(beta2), Float(1 - beta2))
        for i in z.indices {
            let g = gradient[i]
            let m = first[i] + (g - first[i]) * gain1
            let v = second[i] * keep2 + gain2 * g * g
            first[i] = m
            second[i] = v
            z[i] -= stepSize * (m / (v.squareRoot() / root2 + 1e-8))
        }
    }

    /// `base` to a whole power by squaring: the same bits on every system.
    private func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, square, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
