/// Adamax (Kingma and Ba 2015, section 7.1): Adam with the largest gradient of late in place of a mean square.
///
/// `m` as Adam's, `u ← max(0.999u, |g| + 1e-8)`, `z ← z − lr/(1 − 0.9ᵗ) · m/u`.
enum Adamax: UpdateRule {
    static let moments = ["exp_avg", "exp_inf"]

    static func move(_ z: inout [Float], _ gradient: [Float], _ moments: inout [[Float]], _ step: UpdateStep) {
        let stepSize = Float(step.learningRate / step.correction(AdamMoments.beta1))
        for i in z.indices {
            let m = AdamMoments.first(moments[0][i], gradient[i])
            let u = max(moments[1][i] * Float(AdamMoments.beta2), abs(gradient[i]) + 1e-8)
            (moments[0][i], moments[1][i]) = (m, u)
            z[i] -= stepSize * m / u
        }
    }
}
