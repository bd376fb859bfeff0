import TensorCore

extension Operation {
    /// For a `…Gradient` case the operation it belongs to and that one's arguments; nil for every other case.
    ///
    /// Where the derivative does not depend on the point, the first argument is zeros.
    func forward(of inputs: [Reference], shape: Shape) -> (Operation, [Reference])? {
        let somewhere = Reference(zeros: shape)
        switch self {
        case .activationGradient(let activation): return (.activation(activation), [inputs[0]])
        case .linearInputGradient: return (.linear, [somewhere, inputs[0]])
        case .conv2dInputGradient(let convolution, _, _): return (.conv2d(convolution), [somewhere, inputs[0]])
        case .upsampledConv2dInputGradient(let circular): return (.upsampledConv2d(circular), [somewhere, inputs[0]])
        case .attentionGradient(let heads, let causal):
            return (.attention(heads: heads, causal: causal), [inputs[0]])
        case .groupNormGradient(let groups, let epsilon, let activation):
            return (
                .groupNorm(groups: groups, epsilon: epsilon, activation: activation), Array(inputs.prefix(3))
            )
        case .layerNormGradient(let epsilon):
            return (.layerNorm(epsilon: epsilon), [inputs[0], inputs[1], Reference(zeros: inputs[1].shape)])
        case .upsampleNearestGradient(let factor): return (.upsampleNearest(factor: factor), [somewhere])
        case .adaptiveAveragePoolGradient:
            return (.adaptiveAveragePool(height: inputs[0].shape[1], width: inputs[0].shape[2]), [somewhere])
        case .gridSampleGradient(let padding, _, _, _): return (.gridSample(padding), [somewhere, inputs[0]])
        case .adjustColorGradient(let adjustment): return (.adjustColor(adjustment), Array(inputs.prefix(2)))
        case .sphericalDistanceGradient: return (.sphericalDistance, Array(inputs.prefix(2)))
        case .meanGradient: return (.mean, [somewhere])
        default: return nil
        }
    }

    /// Gradients that are defined by a rule of their own.
    func substitutedGradient(_ inputs: [Reference]) -> [Double]? {
        switch self {
        case .softmaxGradient:
            // From the output y: dx = y · (dy - Σ y·dy).
            return zip(inputs[0].rows, inputs[1].rows).flatMap { y, dy in
                let inner = zip(y, dy).reduce(0) { $0 + $1.0 * $1.1 }
                return zip(y, dy).map { $0 * ($1 - inner) }
            }
        case .clampGradient(let low, let high, let rule):
            let (low, high) = (Double(low), Double(high))
            return zip(inputs[0].values, inputs[1].values).map { x, dy in
                switch rule {
                case .ordinary: x >= low && x <= high ? dy : 0
                case .restoring: dy * (x - min(max(x, low), high)) >= 0 ? dy : 0
                }
            }
        case .promptLossGradient(let weight, let stop):
            let sign: Double = weight > 0 ? 1 : weight < 0 ? -1 : 0
            return inputs[0].values.map { d in
                let share = abs(Double(weight)) * sign * inputs[1].values[0] / Double(inputs[0].values.count)
                return sign * d < Double(stop) ? 0 : sign * d == Double(stop) ? share / 2 : share
            }
        case .adaptiveMaxPoolGradient(let height, let width):
            let (x, dy) = (inputs[0], inputs[1])
            var result = [Double](repeating: 0, count: x.shape.count)
            eachWindow(of: x.shape, height: height, width: width) { output, members in
                var first = members[0]
                for member in members where x.values[member] > x.values[first] { first = member }
                result[first] += dy.values[output]
            }
            return result
        default: return nil
        }
    }
}
