/// AdamP (Heo and others 2021): Adam that does not lengthen variables whose scale does not matter.
///
/// Where the gradient is nearly at right angles to the variables, `|⟨g, z⟩|/(‖g‖‖z‖) < 0.1/√N`, they are taken to be
/// scale-invariant, and the part of the step along them is removed: `p ← p − ẑ⟨ẑ, p⟩`. This is asked of every row of
/// the first axis, then of all variables as one; for one latent the two are the same. Without weight decay, which is
/// the published default.
enum AdamP: UpdateRule {
    static let moments = AdamMoments.names
    private static let epsilon: Float = 1e-8
    private static let delta = 0.1

    static func move(_ z: inout [Float], _ gradient: [Float], _ moments: inout [[Float]], _ step: UpdateStep) {
        let stepSize = Float(step.learningRate / step.correction(AdamMoments.beta1))
        let root2 = Float(step.correction(AdamMoments.beta2).squareRoot())
        let beta1 = AdamMoments.beta1
        var perturbation = [Float](repeating: 0, count: z.count)
        for i in z.indices {
            let m = moments[0][i] * Float(beta1) + Float(1 - beta1) * gradient[i]
            let v = AdamMoments.second(moments[1][i], gradient[i])
            (moments[0][i], moments[1][i]) = (m, v)
            perturbation[i] = m / (v.squareRoot() / root2 + epsilon)
        }
        for rows in step.rows > 1 ? [step.rows, 1] : step.rows == 1 ? [1] : [] {
            let views = stride(from: 0, to: z.count, by: z.count / rows).map { $0..<$0 + z.count / rows }
            let steepest = views.map { cosine(gradient[$0], z[$0]) }.reduce(0, max)
            guard Double(steepest) < delta / Double(z.count / rows).squareRoot() else { continue }
            for view in views { project(&perturbation, awayFrom: z, view) }
            break
        }
        for i in z.indices { z[i] -= stepSize * perturbation[i] }
    }

    /// `|⟨a, b⟩| / ((‖a‖ + ε)(‖b‖ + ε))`.
    private static func cosine(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
        abs(dot(a, b)) / (norm(a) + epsilon) / (norm(b) + epsilon)
    }

    /// Removes from one row of `p` its part along the same row of `z`.
    private static func project(_ p: inout [Float], awayFrom z: [Float], _ row: Range<Int>) {
        let length = norm(z[row]) + epsilon
        let direction = z[row].map { $0 / length }
        let along = dot(direction[...], p[row])
        for (i, unit) in zip(row, direction) { p[i] -= unit * along }
    }

    private static func norm(_ a: ArraySlice<Float>) -> Float {
        Float(a.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
    }

    /// Summed in double precision: the choice whether to project hangs on it.
    private static func dot(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
        Float(zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
    }
}
