import TensorCPU
import TensorCore
import Testing

@Suite("Gradients through the tape")
struct GradientTests {
    /// Operations with a derivative; the others are checked as operations of their own.
    static let rows = OperationCases.all.filter {
        !$0.differentiable.isEmpty && !$0.operation.caseName.hasSuffix("Gradient")
    }

    /// The loss is the sum of cotangent times result.
    ///
    /// The difference quotient along a random direction is formed from the reference in
    /// double precision, so its own error (step², 1e-10) does not count; single precision leaves 1e-5 of the sum of
    /// magnitudes, which `scale` bounds.
    @Test("The gradient agrees with central differences along random directions", arguments: rows)
    func directional(row: OperationCase) {
        let backend = CPUBackend(threads: 2)
        let inputs = row.values
        var tensors = inputs.map { Tensor($0.values, shape: $0.shape, on: backend) }
        for index in row.differentiable { tensors[index] = tensors[index].tracked() }
        let y = Tensor.apply(row.operation, tensors)
        var numbers = Philox(seed: 7, stream: 2)
        let cotangent = numbers.normals(y.shape.count)
        let gradients = gradient(
            of: y, withRespectTo: row.differentiable.map { tensors[$0] },
            cotangent: Tensor(cotangent, shape: y.shape, on: backend))
        for (index, gradient) in zip(row.differentiable, gradients) {
            #expect(gradient.shape == inputs[index].shape)
            let direction = numbers.normals(inputs[index].values.count).map(Double.init)
            func loss(step: Double) -> Double {
                var moved = row.references
                for i in direction.indices { moved[index].values[i] += step * direction[i] }
                return zip(row.operation.reference(moved).values, cotangent).reduce(0) { $0 + $1.0 * Double($1.1) }
            }
            let expected = (loss(step: 1e-5) - loss(step: -1e-5)) / 2e-5
            let terms = zip(gradient.values, direction).map { Double($0) * $1 }
            let scale = max(1, terms.reduce(0) { $0 + $1 * $1 }.squareRoot())
            let error = abs(terms.reduce(0, +) - expected) / scale
            #expect(error <= 1e-4, "\(row), input \(index): error \(error)")
        }
    }
}
