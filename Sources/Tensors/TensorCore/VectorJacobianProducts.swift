extension Operation {
    /// How a cotangent of the output becomes cotangents of the inputs.
    ///
    /// The closure keeps only what the backward pass needs: weights and, where a formula wants them, the input or the
    /// output. Weights, masks, grids and factors get no gradient.
    func pullback(inputs: [Tensor], output: Tensor) -> Node.Pullback {
        if case .groupNorm(let groups, let epsilon, let activation) = self {
            let gradient = Operation.groupNormGradient(groups: groups, epsilon: epsilon, activation: activation)
            let saved = inputs.map(\.saved)
            // As large as the picture's features: the gradient takes the cotangent's place where it may.
            return { cotangent in
                let place = cotangent.isSpent ? saved.count : nil
                return [Tensor.apply(gradient, saved.map { $0() } + [cotangent.take()], overwriting: place)]
            }
        }
        let simple = simplePullback(inputs: inputs, output: output)
        return { simple($0.take()) }
    }

    private func simplePullback(inputs: [Tensor], output: Tensor) -> (Tensor) -> [Tensor?] {
        let x = inputs[0]
        /// Another operation of the saved tensors and the cotangent.
        func backward(_ operation: Operation, _ tensors: Tensor...) -> (Tensor) -> [Tensor?] {
            let saved = tensors.map(\.saved)
            return { cotangent in [Tensor.apply(operation, saved.map { $0() } + [cotangent])] }
        }

        switch self {
        case .add:
            if inputs[1].shape == x.shape { return { [$0, $0] } }
            return { [$0, nil] }
        case .subtract:
            return { [$0, $0.affine(scale: -1)] }
        case .multiply:
            let other = inputs[1]
            if other.shape == x.shape { return { [$0 * other, $0 * x] } }
            return { [$0 * other, nil] }
        case .addPrefix:
            return { [$0, nil] }
        case .multiplyPrefix:
            let factor = inputs[1]
            return { [Tensor.apply(.multiplyPrefix, [$0, factor]), nil] }
        case .affine(let scale, _):
            return { [$0.affine(scale: scale)] }
        case .activation(let activation):
            return backward(.activationGradient(activation), x)
        case .clamp(let low, let high, let rule):
            return backward(.clampGradient(low: low, high: high, rule), x)
        case .softmax:
            return backward(.softmaxGradient, output)
        case .linear:
            return backward(.linearInputGradient, inputs[1])
        case .conv2d(let convolution):
            let gradient = Operation.conv2dInputGradient(convolution, height: x.shape[1], width: x.shape[2])
            let toInput = backward(gradient, inputs[1])
            guard inputs.count == 4 else { return toInput }
            return { toInput($0) + [nil, nil, $0] }
        case .upsampledConv2d(let circular):
            return backward(.upsampledConv2dInputGradient(circular), inputs[1])
        case .attention(let heads, let causal):
            return backward(.attentionGradient(heads: heads, causal: causal), x)
        case .groupNorm:
            preconditionFailure("has a pullback of its own")
        case .layerNorm(let epsilon):
            return backward(.layerNormGradient(epsilon: epsilon), x, inputs[1])
        case .upsampleNearest(let factor):
            return backward(.upsampleNearestGradient(factor: factor))
        case .adaptiveAveragePool:
            return backward(.adaptiveAveragePoolGradient(height: x.shape[1], width: x.shape[2]))
        case .adaptiveMaxPool(let height, let width):
            return backward(.adaptiveMaxPoolGradient(height: height, width: width), x)
        case .gridSample(let padding):
            let gradient = Operation.gridSampleGradient(
                padding, batch: x.shape[0], height: x.shape[1], width: x.shape[2])
            return backward(gradient, inputs[1])
        case .separable:
            let (rows, columns) = (inputs[1].transposed(), inputs[2].transposed())
            return { [Tensor.apply(.separable, [$0, rows, columns])] }
        case .adjustColor(let adjustment):
            return backward(.adjustColorGradient(adjustment), x, inputs[1])
        case .concatenate(let axis):
            let extents = inputs.map { $0.shape[axis] }
            return { cotangent in
                var start = 0
                return extents.map { extent in
                    defer { start += extent }
                    return cotangent.slice(axis: axis, start: start, count: extent)
                }
            }
        case .slice(let axis, let start, _):
            return backward(.embedSlice(axis: axis, start: start, total: x.shape[axis]))
        case .embedSlice(let axis, let start, _):
            return backward(.slice(axis: axis, start: start, count: x.shape[axis]))
        case .repeatBatch:
            return backward(.sumBatch)
        case .sumBatch:
            return backward(.repeatBatch(count: x.shape[0]))
        case .sphericalDistance:
            return backward(.sphericalDistanceGradient, x, inputs[1])
        case .promptLoss(let weight, let stop):
            return backward(.promptLossGradient(weight: weight, stop: stop), x)
        case .mean:
            return backward(.meanGradient(x.shape))
        case .gather, .nearestCode, .clampChannels:
            // A choice among rows has no derivative, and the clamp after a step lies outside the tape.
            return { _ in inputs.map { _ in nil } }
        case .activationGradient, .clampGradient, .softmaxGradient, .linearInputGradient, .conv2dInputGradient,
            .upsampledConv2dInputGradient, .attentionGradient, .groupNormGradient, .layerNormGradient,
            .upsampleNearestGradient,
            .adaptiveAveragePoolGradient, .adaptiveMaxPoolGradient, .gridSampleGradient, .adjustColorGradient,
            .sphericalDistanceGradient, .promptLossGradient, .meanGradient:
            preconditionFailure("\(self): second derivatives are not part of this engine")
        }
    }
}
