import TensorCore

/// A tensor in double precision for the obvious way of computing things.
struct Reference {
    var shape: Shape
    var values: [Double]

    init(_ shape: Shape, _ values: [Double]) {
        precondition(values.count == shape.count)
        self.shape = shape
        self.values = values
    }

    init(zeros shape: Shape) { self.init(shape, [Double](repeating: 0, count: shape.count)) }

    init(_ shape: Shape, _ values: [Float]) { self.init(shape, values.map(Double.init)) }

    /// Every element passed through a function.
    func map(_ f: (Double) -> Double) -> Reference { Reference(shape, values.map(f)) }

    /// Runs along the last axis, each passed through a function.
    func mapRows(_ f: ([Double]) -> [Double]) -> Reference {
        Reference(shape, rows.flatMap(f))
    }

    /// The runs along the last axis.
    var rows: [[Double]] {
        let width = shape.rank == 0 ? 1 : shape[-1]
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }
}

extension Operation {
    /// What the operation's documentation says, in double precision, with obvious loops.
    ///
    /// A linear operation names the coefficient of every input in every output, and its gradient is the transpose of
    /// that list. The gradient of any other operation is a central difference of its reference, or its stated rule.
    func reference(_ inputs: [Reference]) -> Reference {
        let shape = outputShape(inputs.map(\.shape))
        if let substituted = substitutedGradient(inputs) { return Reference(shape, substituted) }
        if let (forward, arguments) = forward(of: inputs, shape: shape) {
            let cotangent = inputs[inputs.count - 1]
            return forward.referenceGradient(arguments, cotangent: cotangent)
        }
        if isLinear {
            var result = Reference(zeros: shape)
            eachCoefficient(inputs, output: shape) { output, input, coefficient in
                result.values[output] += coefficient * inputs[0].values[input]
            }
            if inputs.count == 3, case .separable = self { return result }
            if inputs.count >= 3 {
                let bias = inputs[2].values
                for i in result.values.indices { result.values[i] += bias[i % bias.count] }
            }
            if inputs.count == 4 {
                for i in result.values.indices { result.values[i] += inputs[3].values[i] }
            }
            return result
        }
        return Reference(shape, nonlinearReference(inputs, shape: shape))
    }

    /// The gradient by the first argument: by the transpose, or by central differences with a step of 1e-5.
    private func referenceGradient(_ arguments: [Reference], cotangent: Reference) -> Reference {
        var result = Reference(zeros: arguments[0].shape)
        if isLinear {
            eachCoefficient(arguments, output: cotangent.shape) { output, input, coefficient in
                result.values[input] += coefficient * cotangent.values[output]
            }
            return result
        }
        for i in result.values.indices {
            var moved = arguments
            moved[0].values[i] = arguments[0].values[i] + 1e-5
            let above = reference(moved)
            moved[0].values[i] = arguments[0].values[i] - 1e-5
            let below = reference(moved)
            for j in cotangent.values.indices {
                result.values[i] += (above.values[j] - below.values[j]) / 2e-5 * cotangent.values[j]
            }
        }
        return result
    }
}
