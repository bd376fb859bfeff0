/// `y = x·wᵀ + b` over the last axis.
public struct Linear {
    /// `[out, in]`.
    public let weight: Tensor
    /// `[out]`, if there is one.
    public let bias: Tensor?

    /// Makes a layer of frozen weights.
    public init(weight: Tensor, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
    }

    /// `[..., in] → [..., out]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        Tensor.apply(.linear, [x, weight] + (bias.map { [$0] } ?? []))
    }
}

/// A convolution of pictures `[N, H, W, in]`.
public struct Conv2d {
    /// `[out, k, k, in]`.
    public let weight: Tensor
    /// `[out]`, if there is one.
    public let bias: Tensor?
    /// Kernel, stride, padding.
    public let convolution: Convolution

    /// Makes a layer of frozen weights.
    public init(weight: Tensor, bias: Tensor?, _ convolution: Convolution) {
        self.weight = weight
        self.bias = bias
        self.convolution = convolution
    }

    /// `[N, H, W, in] → [N, H', W', out]`; along circular axes the padding is the other border of the picture.
    public func callAsFunction(_ x: Tensor, circular axes: CircularAxes = []) -> Tensor {
        Tensor.apply(.conv2d(convolution.circular(along: axes)), [x, weight] + (bias.map { [$0] } ?? []))
    }

    /// `[N, H, W, in] → [N, 2H, 2W, out]`: of the picture enlarged by two, every pixel four times.
    ///
    /// Only for 3×3 convolutions that keep the size. The enlarged picture need never lie in memory.
    public func upsampling(_ x: Tensor, circular axes: CircularAxes = []) -> Tensor {
        precondition(convolution == .same3x3, "an upsampling convolution is 3×3 and keeps the size")
        return Tensor.apply(.upsampledConv2d(axes), [x, weight] + (bias.map { [$0] } ?? []))
    }

    /// The convolution and the other path of a residual block, of the result's shape, in one pass over memory.
    public func callAsFunction(_ x: Tensor, circular axes: CircularAxes = [], addedTo summand: Tensor) -> Tensor {
        guard let bias else { return summand + self(x, circular: axes) }
        return Tensor.apply(.conv2d(convolution.circular(along: axes)), [x, weight, bias, summand])
    }
}

/// GroupNorm over `[N, H, W, C]`, with an activation fused behind it on demand (Wu & He 2018).
public struct GroupNorm {
    /// `[C]`.
    public let scale: Tensor
    /// `[C]`.
    public let shift: Tensor
    /// Number of groups, 32 in every published VQGAN.
    public let groups: Int
    /// Added to the variance.
    public let epsilon: Float

    /// Makes a layer of frozen weights.
    public init(scale: Tensor, shift: Tensor, groups: Int = 32, epsilon: Float = 1e-6) {
        self.scale = scale
        self.shift = shift
        self.groups = groups
        self.epsilon = epsilon
    }

    /// Normalises, then applies the activation if one is named; the shape stays.
    public func callAsFunction(_ x: Tensor, then activation: Activation? = nil) -> Tensor {
        let operation = Operation.groupNorm(groups: groups, epsilon: epsilon, activation: activation)
        return Tensor.apply(operation, [x, scale, shift])
    }
}

/// LayerNorm over the last axis (Ba, Kiros and Hinton 2016).
public struct LayerNorm {
    /// `[C]`.
    public let scale: Tensor
    /// `[C]`.
    public let shift: Tensor
    /// Added to the variance.
    public let epsilon: Float

    /// Makes a layer of frozen weights.
    public init(scale: Tensor, shift: Tensor, epsilon: Float = 1e-5) {
        self.scale = scale
        self.shift = shift
        self.epsilon = epsilon
    }

    /// Normalises every row; the shape stays.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        Tensor.apply(.layerNorm(epsilon: epsilon), [x, scale, shift])
    }
}
