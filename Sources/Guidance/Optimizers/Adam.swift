/// Adam (Kingma and Ba 2015).
///
/// `m ← m + (g − m)(1 − β₁)`, `v ← β₂v + (1 − β₂)g²`, `z ← z − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)` with
/// β = (0.9, 0.999) and ε = 1e-8.
enum Adam: UpdateRule {
    static let moments = AdamMoments.names

    static func move(_ z: inout [Float], _ gradient: [Float], _ moments: inout [[Float]], _ step: UpdateStep) {
        let stepSize = Float(step.learningRate / step.correction(AdamMoments.beta1))
        let root2 = Float(step.correction(AdamMoments.beta2).squareRoot())
        for i in z.indices {
            let m = AdamMoments.first(moments[0][i], gradient[i])
            let v = AdamMoments.second(moments[1][i], gradient[i])
            (moments[0][i], moments[1][i]) = (m, v)
            z[i] -= stepSize * m / (v.squareRoot() / root2 + 1e-8)
        }
    }
}

/// AdamW (Loshchilov and Hutter 2019): `z ← z · (1 − 0.01 lr)`, then Adam.
enum AdamW: UpdateRule {
    static let moments = AdamMoments.names

    static func move(_ z: inout [Float], _ gradient: [Float], _ moments: inout [[Float]], _ step: UpdateStep) {
        let keep = Float(1 - step.learningRate * 0.01)
        for i in z.indices { z[i] *= keep }
        Adam.move(&z, gradient, &moments, step)
    }
}
