/// Everything a backend can compute: a closed set, as data.
///
/// One enum drives the kernels, the table of vector-Jacobian products, the table of test cases and the benchmarks.
/// All tensors are float32; indices (tokens, codes) are whole numbers held as float32, exact below 2^24. Pictures are
/// `[N, H, W, C]`. Each case lists its inputs in order; `…Gradient` cases take the cotangent last and yield the
/// gradient of the first input only, because weights are frozen.
public enum Operation: Hashable, Sendable {
    // MARK: Elementwise

    /// `a + b`; the shape of `b` equals that of `a` or is a suffix of it (a bias, positional embeddings).
    case add
    /// `a - b`, equal shapes.
    case subtract
    /// `a · b`; the shape of `b` equals that of `a` or is a suffix of it.
    case multiply
    /// `a + b`, where the shape of `b` is a prefix of that of `a` (one value per sample or per pixel).
    case addPrefix
    /// `a · b`, where the shape of `b` is a prefix of that of `a` (a factor per sample, a mask per pixel).
    case multiplyPrefix
    /// `scale · a + shift` with two constants.
    case affine(scale: Float, shift: Float)
    /// A pointwise nonlinearity.
    case activation(Activation)
    /// `(x, dy) → dx` of an activation.
    case activationGradient(Activation)
    /// `min(max(x, low), high)`.
    case clamp(low: Float, high: Float, ClampRule)
    /// `(x, dy) → dx` of a clamp under its rule.
    case clampGradient(low: Float, high: Float, ClampRule)
    /// `(x [..., C], low [C], high [C])`: a clamp per channel; no gradient.
    case clampChannels
    /// Softmax over the last axis.
    case softmax
    /// `(y, dy) → dx` from softmax's output `y`.
    case softmaxGradient

    // MARK: Linear algebra

    /// `(x [..., I], w [O, I], b [O]?) → [..., O]`: `x·wᵀ + b`.
    case linear
    /// `(w [O, I], dy [..., O]) → [..., I]`.
    case linearInputGradient
    /// `(x [N, H, W, I], w [O, kh, kw, I], b [O]?, r [N, H', W', O]?) → [N, H', W', O]`: `x ∗ w + b + r`. A summand `r`, as
    /// the other path of a residual block, comes with a bias only.
    case conv2d(Convolution)
    /// `(w, dy) → dx`; the input's height and width cannot be told from the output's when the stride is above 1.
    case conv2dInputGradient(Convolution, height: Int, width: Int)
    /// `(x [N, H, W, I], w [O, 3, 3, I], b [O]?) → [N, 2H, 2W, O]`: nearest-neighbour enlargement by two, then a
    /// convolution with stride 1 and one pixel around; along circular axes that pixel is the other border's.
    case upsampledConv2d(CircularAxes)
    /// `(w, dy [N, 2H, 2W, O]) → [N, H, W, I]`.
    case upsampledConv2dInputGradient(CircularAxes)
    /// Multi-head attention of packed rows: `[N, T, 3C] → [N, T, C]` with q, k, v side by side; the scale is
    /// `(C/heads)^-½`; `causal` masks every key after its query.
    case attention(heads: Int, causal: Bool)
    /// `(qkv, dy) → dqkv`; the probabilities are computed again.
    case attentionGradient(heads: Int, causal: Bool)

    // MARK: Normalisation

    /// `(x [N, H, W, C], scale [C], shift [C])`: GroupNorm with biased variance, then the activation if there is one.
    case groupNorm(groups: Int, epsilon: Float, activation: Activation?)
    /// `(x, scale, shift, dy) → dx`; statistics and activation are computed again from `x`.
    case groupNormGradient(groups: Int, epsilon: Float, activation: Activation?)
    /// `(x [..., C], scale [C], shift [C])`: LayerNorm over the last axis.
    case layerNorm(epsilon: Float)
    /// `(x, scale, dy) → dx`.
    case layerNormGradient(epsilon: Float)

    // MARK: Resampling

    /// Nearest-neighbour enlargement by a whole factor.
    case upsampleNearest(factor: Int)
    /// `dy → dx`: the sum over each factor × factor cell.
    case upsampleNearestGradient(factor: Int)
    /// Average over the windows `[⌊j·n/S⌋, ⌈(j+1)·n/S⌉)` of each axis (PyTorch's adaptive pooling).
    case adaptiveAveragePool(height: Int, width: Int)
    /// `dy → dx` for an input of this size.
    case adaptiveAveragePoolGradient(height: Int, width: Int)
    /// Maximum over the same windows.
    case adaptiveMaxPool(height: Int, width: Int)
    /// `(x, dy) → dx`: all of it to the first maximum in row-major order.
    case adaptiveMaxPoolGradient(height: Int, width: Int)
    /// `(x [1 or N, H, W, C], grid [N, h, w, 2]) → [N, h, w, C]`: bilinear at source pixel coordinates `(x, y)`,
    /// where pixel centres are whole numbers.
    case gridSample(SamplePadding)
    /// `(grid, dy) → dx` for an input of `batch` pictures of this size.
    case gridSampleGradient(SamplePadding, batch: Int, height: Int, width: Int)
    /// `(x [N, H, W, C], a [h, H], b [w, W]) → [N, h, w, C]`: a linear map along each axis (any separable filter).
    case separable

    // MARK: Colour

    /// `(x [N, H, W, 3], factor [N])`: one adjustment with a factor per sample.
    case adjustColor(ColorAdjustment)
    /// `(x, factor, dy) → dx`.
    case adjustColorGradient(ColorAdjustment)

    // MARK: Rearranging

    /// Joins all inputs along an axis.
    case concatenate(axis: Int)
    /// `count` entries of an axis from `start`.
    case slice(axis: Int, start: Int, count: Int)
    /// Puts the input at `start` of an axis of length `total`, zeros elsewhere: the gradient of `slice`.
    case embedSlice(axis: Int, start: Int, total: Int)
    /// `[1, ...] → [count, ...]`.
    case repeatBatch(count: Int)
    /// `[N, ...] → [1, ...]`, the sum: the gradient of `repeatBatch`.
    case sumBatch

    // MARK: Look-up

    /// `(table [V, C], indices [...]) → [..., C]`; no gradient.
    case gather
    /// `(z [..., E], codebook [K, E]) → [...]`: index of the nearest row, the lowest on ties; no gradient.
    case nearestCode

    // MARK: Loss

    /// `(a [n, d], b [m, d]) → [n, m]`: `2·asin(‖â − b̂‖/2)²` of the normalised rows, half the squared angle.
    case sphericalDistance
    /// `(a, b, dy [n, m]) → da`.
    case sphericalDistanceGradient
    /// `d [n, m] → scalar`: `|weight| · mean(sign(weight)·d)`; below `stop` (compared signed) nothing flows back.
    case promptLoss(weight: Float, stop: Float)
    /// `(d, dy scalar) → dd`; half of it where the signed distance equals `stop`.
    case promptLossGradient(weight: Float, stop: Float)
    /// Mean of all elements, a scalar.
    case mean
    /// `dy scalar → dx` of this shape, every element `dy / count`.
    case meanGradient(Shape)
}

/// A pointwise nonlinearity.
public enum Activation: String, Hashable, Sendable, CaseIterable {
    /// `x · sigmoid(x)` (SiLU), the VQGAN's.
    case swish
    /// `x · Φ(x)` with the exact error function.
    case gelu
    /// `x · sigmoid(1.702·x)`, OpenAI's CLIP.
    case quickGELU
    /// `max(x, 0)`.
    case relu
}

/// What a clamp passes back outside its range.
public enum ClampRule: Hashable, Sendable {
    /// Nothing: the derivative.
    case ordinary
    /// The gradient where a descent step would bring the value back in: `dy · [dy · (x − clamp(x)) ≥ 0]`.
    case restoring
}

/// What lies outside a sampled picture.
public enum SamplePadding: Hashable, Sendable {
    /// Zeros.
    case zeros
    /// The nearest pixel of the border.
    case border
}

/// A colour adjustment of RGB pictures, as kornia 0.5.4 defines it.
public enum ColorAdjustment: Hashable, Sendable, CaseIterable {
    /// `clamp(x + (factor − 1), 0, 1)`.
    case brightness
    /// `clamp(x · factor, 0, 1)`.
    case contrast
    /// Through HSV: `S ← clamp(S · factor, 0, 1)`.
    case saturation
    /// Through HSV: `H ← fmod(H + 2π·factor, 2π)`.
    case hue
    /// `g + (x − g) · factor` with `g` the mean of the channels; linear, not clamped.
    case chroma
}

/// Axes along which a picture has no border: after its last row or column comes its first.
public struct CircularAxes: OptionSet, Hashable, Sendable {
    /// One bit per axis.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The right border meets the left one.
    public static let horizontal = CircularAxes(rawValue: 1)
    /// The lower border meets the upper one.
    public static let vertical = CircularAxes(rawValue: 2)
}

/// Geometry of a convolution; padding is with zeros, along circular axes with what lies at the other border.
public struct Convolution: Hashable, Sendable {
    /// Kernel height and width.
    public var kernel: Int
    /// Step between outputs.
    public var stride: Int
    /// Rows and columns added before the first.
    public var paddingBefore: Int
    /// Rows and columns added after the last.
    public var paddingAfter: Int
    /// Axes whose padding is not zeros but the pixels of the other border.
    public var circular: CircularAxes

    /// Makes a geometry.
    public init(
        kernel: Int, stride: Int = 1, paddingBefore: Int = 0, paddingAfter: Int = 0, circular: CircularAxes = []
    ) {
        precondition(kernel > 0 && stride > 0 && paddingBefore >= 0 && paddingAfter >= 0)
        self.kernel = kernel
        self.stride = stride
        self.paddingBefore = paddingBefore
        self.paddingAfter = paddingAfter
        self.circular = circular
    }

    /// 3×3, stride 1, one zero around: the size stays.
    public static let same3x3 = Convolution(kernel: 3, paddingBefore: 1, paddingAfter: 1)
    /// 1×1.
    public static let pointwise = Convolution(kernel: 1)
    /// The VQGAN's Downsample: 3×3, stride 2, zeros at the right and the bottom only.
    public static let downsample = Convolution(kernel: 3, stride: 2, paddingAfter: 1)
    /// Non-overlapping patches.
    public static func patches(_ size: Int) -> Convolution { Convolution(kernel: size, stride: size) }

    /// The same convolution of pictures without borders along some axes.
    public func circular(along axes: CircularAxes) -> Convolution {
        var copy = self
        if paddingBefore + paddingAfter > 0 { copy.circular = axes }
        return copy
    }

    /// Number of outputs along an axis of `extent` inputs.
    public func outputExtent(_ extent: Int) -> Int {
        let padded = extent + paddingBefore + paddingAfter
        precondition(padded >= kernel, "a \(kernel)-wide kernel does not fit \(padded) padded pixels")
        return (padded - kernel) / stride + 1
    }
}
