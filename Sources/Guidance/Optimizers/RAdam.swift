/// RAdam (Liu and others 2020): Adam whose second moment is trusted only once it has seen enough steps.
///
/// With `ρ∞ = 2/(1 − β₂) − 1` and `ρ = ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ)`: for ρ > 5, from the sixth step on,
/// `z ← z − lr · m̂ · √(1 − β₂ᵗ)/(√v + 1e-8) · r` with `r² = (ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ)`; before that
/// `z ← z − lr · m̂`, where `m̂ = m/(1 − β₁ᵗ)`.
enum RAdam: UpdateRule {
    static let moments = AdamMoments.names

    static func move(_ z: inout [Float], _ gradient: [Float], _ moments: inout [[Float]], _ step: UpdateStep) {
        let correction1 = Float(step.correction(AdamMoments.beta1))
        let correction2 = step.correction(AdamMoments.beta2)
        let learningRate = Float(step.learningRate)
        let longest = 2 / (1 - AdamMoments.beta2) - 1
        let length = longest - 2 * Double(step.number) * step.power(AdamMoments.beta2) / correction2
        let rectifier = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)).squareRoot()
        let (root2, r) = (Float(correction2.squareRoot()), Float(rectifier))
        for i in z.indices {
            let m = AdamMoments.first(moments[0][i], gradient[i])
            let v = AdamMoments.second(moments[1][i], gradient[i])
            (moments[0][i], moments[1][i]) = (m, v)
            let move = m / correction1 * learningRate
            z[i] -= length > 5 ? move * (root2 / (v.squareRoot() + 1e-8)) * r : move
        }
    }
}
