public import TensorCore

/// One input of an operation in main memory.
struct Input {
    let shape: Shape
    let buffer: CPUBuffer

    var pointer: UnsafePointer<Float> { buffer.elements }
}

extension CPUBackend {
    /// Computes one operation into a new buffer.
    public func execute(_ operation: Operation, _ operands: [Operand], shape: Shape) -> any Buffer {
        execute(operation, operands, shape: shape, overwriting: nil)
    }

    /// Computes one operation; sums and gradients of GroupNorm go where an input lay, if that is allowed.
    public func execute(
        _ operation: Operation, _ operands: [Operand], shape: Shape, overwriting place: Int?
    ) -> any Buffer {
        let inputs = operands.map { Input(shape: $0.shape, buffer: CPUBackend.memory(of: $0.buffer)) }
        // Constants get their memory here, on the backend's own thread. A convolution may do without its kernel's,
        // if it works with what was derived from it, so it asks by itself.
        for (place, input) in inputs.enumerated() where place != operation.kernelInput { _ = input.pointer }
        let output =
            place.flatMap { operation.isElementByElement ? inputs[$0].buffer : nil }
            ?? allocate(shape.count, for: .tensor(operation.isPassing ? .passing : .lasting))
        output.letGoOfDerived()
        if !computes { expectedSeconds += expectedSeconds(of: operation, inputs, shape) }
        withExtendedLifetime(inputs) { compute(operation, inputs, into: output.pointer, shape: shape) }
        return output
    }

    private func compute(
        _ operation: Operation, _ inputs: [Input], into y: UnsafeMutablePointer<Float>, shape: Shape
    ) {
        switch operation {
        case .add: combineSuffix(inputs[0], inputs[1], into: y) { $0 + $1 }
        case .subtract: combineSuffix(inputs[0], inputs[1], into: y) { $0 - $1 }
        case .multiply: combineSuffix(inputs[0], inputs[1], into: y) { $0 * $1 }
        case .addPrefix: combinePrefix(inputs[0], inputs[1], into: y) { $0 + $1 }
        case .multiplyPrefix: combinePrefix(inputs[0], inputs[1], into: y) { $0 * $1 }
        case .affine(let scale, let shift): affine(inputs[0], scale: scale, shift: shift, into: y)
        case .activation(let activation): activate(activation, inputs[0], into: y)
        case .activationGradient(let activation): activateBackward(activation, inputs[0], inputs[1], into: y)
        case .clamp(let low, let high, _): clamp(inputs[0], low, high, into: y)
        case .clampGradient(let low, let high, let rule):
            clampBackward(inputs[0], inputs[1], low, high, rule, into: y)
        case .clampChannels: clampChannels(inputs[0], low: inputs[1], high: inputs[2], into: y)
        case .softmax: softmax(inputs[0], into: y)
        case .softmaxGradient: softmaxBackward(inputs[0], inputs[1], into: y)

        case .linear: linear(inputs[0], weight: inputs[1], bias: inputs.dropFirst(2).first, into: y)
        case .linearInputGradient: linearBackward(weight: inputs[0], inputs[1], into: y)
        case .conv2d(let convolution):
            convolve(
                inputs[0], weight: inputs[1], bias: inputs.dropFirst(2).first, summand: inputs.dropFirst(3).first,
                convolution, into: y)
        case .conv2dInputGradient(let convolution, _, _):
            convolveBackward(weight: inputs[0], inputs[1], convolution, into: y, shape: shape)
        case .upsampledConv2d(let circular):
            convolveUpsampled(inputs[0], weight: inputs[1], bias: inputs.dropFirst(2).first, circular, into: y)
        case .upsampledConv2dInputGradient(let circular):
            convolveUpsampledBackward(weight: inputs[0], inputs[1], circular, into: y, shape: shape)
        case .attention(let heads, let causal): attend(inputs[0], heads: heads, causal: causal, into: y)
        case .attentionGradient(let heads, let causal):
            attendBackward(inputs[0], inputs[1], heads: heads, causal: causal, into: y)

        case .groupNorm(let groups, let epsilon, let activation):
            groupNorm(
                inputs[0], scale: inputs[1], shift: inputs[2], groups: groups, epsilon: epsilon,
                activation: activation, into: y)
        case .groupNormGradient(let groups, let epsilon, let activation):
            groupNormBackward(
                inputs[0], scale: inputs[1], shift: inputs[2], cotangent: inputs[3], groups: groups,
                epsilon: epsilon, activation: activation, into: y)
        case .layerNorm(let epsilon):
            layerNorm(inputs[0], scale: inputs[1], shift: inputs[2], epsilon: epsilon, into: y)
        case .layerNormGradient(let epsilon):
            layerNormBackward(inputs[0], scale: inputs[1], cotangent: inputs[2], epsilon: epsilon, into: y)

        case .upsampleNearest(let factor): upsample(inputs[0], factor: factor, into: y)
        case .upsampleNearestGradient(let factor): upsampleBackward(inputs[0], factor: factor, into: y, shape: shape)
        case .adaptiveAveragePool: averagePool(inputs[0], into: y, shape: shape)
        case .adaptiveAveragePoolGradient: averagePoolBackward(inputs[0], into: y, shape: shape)
        case .adaptiveMaxPool: maxPool(inputs[0], into: y, shape: shape)
        case .adaptiveMaxPoolGradient: maxPoolBackward(inputs[0], inputs[1], into: y)
        case .gridSample(let padding): gridSample(inputs[0], grid: inputs[1], padding, into: y)
        case .gridSampleGradient(let padding, _, _, _):
            gridSampleBackward(grid: inputs[0], inputs[1], padding, into: y, shape: shape)
        case .separable: separable(inputs[0], rows: inputs[1], columns: inputs[2], into: y)

        case .adjustColor(let adjustment): adjustColor(adjustment, inputs[0], factor: inputs[1], into: y)
        case .adjustColorGradient(let adjustment):
            adjustColorBackward(adjustment, inputs[0], factor: inputs[1], cotangent: inputs[2], into: y)

        case .concatenate(let axis): concatenate(inputs, axis: axis, into: y, shape: shape)
        case .slice(let axis, let start, _): slice(inputs[0], axis: axis, start: start, into: y, shape: shape)
        case .embedSlice(let axis, let start, _): embed(inputs[0], axis: axis, start: start, into: y, shape: shape)
        case .repeatBatch(let count): repeatBatch(inputs[0], count: count, into: y)
        case .sumBatch: sumBatch(inputs[0], into: y)

        case .gather: gather(table: inputs[0], indices: inputs[1], into: y)
        case .nearestCode: nearestCode(inputs[0], codebook: inputs[1], into: y)

        case .sphericalDistance: sphericalDistance(inputs[0], inputs[1], into: y)
        case .sphericalDistanceGradient:
            sphericalDistanceBackward(inputs[0], inputs[1], cotangent: inputs[2], into: y)
        case .promptLoss(let weight, _): promptLoss(inputs[0], weight: weight, into: y)
        case .promptLossGradient(let weight, let stop):
            promptLossBackward(inputs[0], cotangent: inputs[1], weight: weight, stop: stop, into: y)
        case .mean: y[0] = mean(inputs[0])
        case .meanGradient: fill(y, count: shape.count, with: inputs[0].pointer[0] / Float(shape.count))
        }
    }
}

extension Operation {
    /// Whether an element of the result is written after the same element of the inputs was read for the last time.
    fileprivate var isElementByElement: Bool {
        switch self {
        case .add, .groupNormGradient: true
        default: false
        }
    }

    /// Whether the next operation alone is likely to read the result: the tape keeps what went in instead.
    fileprivate var isPassing: Bool {
        switch self {
        case .groupNorm, .layerNorm, .upsampleNearest, .activation: true
        default: false
        }
    }

    /// Which input is the kernel of a convolution.
    fileprivate var kernelInput: Int? {
        switch self {
        case .conv2d, .upsampledConv2d: 1
        case .conv2dInputGradient, .upsampledConv2dInputGradient: 0
        default: nil
        }
    }
}
