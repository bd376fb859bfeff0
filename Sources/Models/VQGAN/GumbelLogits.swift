import Checkpoints
import TensorCore

/// How a `GumbelVQ` encodes a picture: a 1×1 convolution gives a logit per code.
///
/// Jang, Gu and Poole, "Categorical reparameterization with Gumbel-softmax", 2017. The published implementation adds
/// Gumbel noise to the logits even outside training, so that a picture is encoded differently every time. Here the
/// largest logit wins: the most probable of those outcomes, and the same one in every run.
struct GumbelLogits {
    private let projection: Linear
    /// Whether the logits are of the encoder's output behind `quant_conv`.
    ///
    /// The published models have as many channels before it as behind it, and project what comes out of it. Where the
    /// two numbers differ, the weights tell which one is meant.
    let followsQuantConv: Bool

    init(_ weights: Weights, _ configuration: VQModelConfiguration) throws(CheckpointError) {
        let name = "\(weights.prefix)proj.weight"
        let inputs = try weights.checkpoint.extents(of: name, axes: 4, hint: "is this a GumbelVQ?")[1]
        followsQuantConv = inputs == configuration.embedDim
        projection = try weights.pointwise(
            "proj", out: configuration.codebookSize,
            in: followsQuantConv ? configuration.embedDim : configuration.zChannels)
    }

    /// Index of the largest logit of every position, the lowest on ties: `[N, h, w, c] → [N, h, w]`.
    func codes(of h: Tensor) -> Tensor {
        let logits = projection(h)
        let codes = logits.shape[3]
        let largest = logits.values.withUnsafeBufferPointer { values in
            stride(from: 0, to: values.count, by: codes).map { start in
                var best = start
                for place in start..<start + codes where values[place] > values[best] { best = place }
                return Float(best - start)
            }
        }
        return Tensor(largest, shape: [h.shape[0], h.shape[1], h.shape[2]], on: h.backend)
    }
}
