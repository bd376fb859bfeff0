import Foundation

/// DiffGrad (Dubey and others 2020): Adam that slows down where the gradient hardly changes.
///
/// As the published scripts call it, with ε and weight decay of 1e-9: `g ← g + 1e-9 z`, m and v as Adam's,
/// `z ← z − lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m·sigmoid(|g₋ − g|)/(√v + 1e-9)` where `g₋` is the gradient before, 0 at first.
enum DiffGrad: UpdateRule {
    static let moments = AdamMoments.names + ["previous_grad"]

    static func move(_ z: inout [Float], _ gradient: [Float], _ moments: inout [[Float]], _ step: UpdateStep) {
        let (beta1, beta2) = (AdamMoments.beta1, AdamMoments.beta2)
        let stepSize = Float(step.learningRate * step.correction(beta2).squareRoot() / step.correction(beta1))
        for i in z.indices {
            let g = gradient[i] + 1e-9 * z[i]
            let m = moments[0][i] * Float(beta1) + Float(1 - beta1) * g
            let v = AdamMoments.second(moments[1][i], g)
            let friction = 1 / (1 + exp(-abs(moments[2][i] - g)))
            (moments[0][i], moments[1][i], moments[2][i]) = (m, v, g)
            z[i] -= stepSize * (m * friction) / (v.squareRoot() + 1e-9)
        }
    }
}
