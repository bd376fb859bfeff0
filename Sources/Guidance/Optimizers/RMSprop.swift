/// RMSprop (Tieleman and Hinton 2012), without momentum and not centred.
///
/// `v ← 0.99v + 0.01g²`, `z ← z − lr · g/(√v + 1e-8)`.
enum RMSprop: UpdateRule {
    static let moments = ["square_avg"]

    static func move(_ z: inout [Float], _ gradient: [Float], _ moments: inout [[Float]], _ step: UpdateStep) {
        let stepSize = Float(step.learningRate)
        let (keep, gain) = (Float(0.99), Float(1 - 0.99))
        for i in z.indices {
            let v = moments[0][i] * keep + gain * gradient[i] * gradient[i]
            moments[0][i] = v
            z[i] -= stepSize * gradient[i] / (v.squareRoot() + 1e-8)
        }
    }
}
