/// Adagrad (Duchi, Hazan and Singer 2011): `s ← s + g²`, `z ← z − lr · g/(√s + 1e-10)`.
enum Adagrad: UpdateRule {
    static let moments = ["sum"]

    static func move(_ z: inout [Float], _ gradient: [Float], _ moments: inout [[Float]], _ step: UpdateStep) {
        let stepSize = Float(step.learningRate)
        for i in z.indices {
            let s = moments[0][i] + gradient[i] * gradient[i]
            moments[0][i] = s
            z[i] -= stepSize * gradient[i] / (s.squareRoot() + 1e-10)
        }
    }
}
