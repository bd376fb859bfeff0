import Checkpoints
import TensorCore

extension Weights {
    /// A convolution without bias and the BatchNorm behind it as one convolution.
    ///
    /// Outside training a BatchNorm is a constant gain and offset per channel (Ioffe and Szegedy 2015):
    /// `γ·(w∗x − μ)/√(σ² + ε) + β = (w·g)∗x + (β − μ·g)` with `g = γ/√(σ² + ε)`. Computed in double precision, once.
    ///
    /// - Parameters:
    ///   - conv: part with the `weight` `[out, in, k, k]`.
    ///   - norm: part with `weight`, `bias`, `running_mean` and `running_var`.
    ///   - out: channels of the result.
    ///   - inputs: channels of the input.
    ///   - geometry: kernel, stride and padding.
    ///   - scale: factors of the input's channels that are to be folded in; none by default.
    /// - Returns: a convolution with a bias.
    /// - Throws: `CheckpointError` for a tensor that is missing, misshapen or not finite, or a negative variance.
    func foldedConvolution(
        _ conv: String, _ norm: String, out: Int, in inputs: Int, _ geometry: Convolution,
        inputScale scale: [Double] = []
    ) throws(CheckpointError) -> Conv2d {
        let kernel = geometry.kernel
        let area = kernel * kernel
        let stored = try host("\(conv).weight", [out, inputs, kernel, kernel])
        let (gain, shift) = try constantNorm(norm, channels: out)
        var weight = [Float](repeating: 0, count: stored.count)
        for o in 0..<out {
            for i in 0..<inputs {
                let factor = scale.isEmpty ? gain[o] : gain[o] * scale[i]
                for k in 0..<area {
                    // Channels last: [out, kh, kw, in].
                    weight[(o * area + k) * inputs + i] = Float(Double(stored[(o * inputs + i) * area + k]) * factor)
                }
            }
        }
        return Conv2d(
            weight: Tensor(weight, shape: [out, kernel, kernel, inputs], on: backend),
            bias: Tensor(shift.map(Float.init), shape: [out], on: backend), geometry)
    }

    /// A 1×1 convolution without bias and the BatchNorm behind it as one linear layer.
    func foldedPointwise(_ conv: String, _ norm: String, out: Int, in inputs: Int) throws(CheckpointError) -> Linear {
        let folded = try foldedConvolution(conv, norm, out: out, in: inputs, .pointwise)
        return Linear(weight: folded.weight.reshaped(to: [out, inputs]), bias: folded.bias)
    }

    /// Gain and offset per channel of a BatchNorm outside training; ε is PyTorch's 1e-5.
    private func constantNorm(
        _ part: String, channels: Int
    ) throws(CheckpointError) -> (gain: [Double], shift: [Double]) {
        let shape: Shape = [channels]
        let (scale, offset) = (try host("\(part).weight", shape), try host("\(part).bias", shape))
        let (mean, variance) = (try host("\(part).running_mean", shape), try host("\(part).running_var", shape))
        guard variance.allSatisfy({ $0 >= 0 }) else {
            throw CheckpointError(
                path: checkpoint.path,
                message:
                    "tensor '\(checkpoint.storedName(of: "\(prefix)\(part).running_var"))' holds negative variances",
                hint: "the checkpoint is damaged")
        }
        let gain = zip(scale, variance).map { Double($0) / (Double($1) + 1e-5).squareRoot() }
        let shift = offset.indices.map { Double(offset[$0]) - Double(mean[$0]) * gain[$0] }
        return (gain, shift)
    }
}
