import Checkpoints
import TensorCore

/// The codebook and the choice of the nearest code (van den Oord, Vinyals and Kavukcuoglu, "Neural discrete
/// representation learning", 2017).
struct VectorQuantizer {
    /// `[K, e]`.
    let codebook: Tensor

    init(_ weights: Weights, _ configuration: VQModelConfiguration) throws(CheckpointError) {
        codebook = try weights.matrix(
            configuration.quantizer == .gumbel ? "embed.weight" : "embedding.weight",
            rows: configuration.codebookSize, columns: configuration.embedDim)
    }

    /// Index of the nearest code of every position, the lowest on ties: `[..., e] → [...]`.
    func codes(of z: Tensor) -> Tensor { Tensor.apply(.nearestCode, [z.detached(), codebook]) }

    /// The nearest codes themselves; the gradient passes to `z` as if nothing had been chosen (straight-through).
    func callAsFunction(_ z: Tensor) -> Tensor {
        Tensor.apply(.gather, [codebook, codes(of: z)]).passingGradient(to: z)
    }
}
