import CLIP
import TensorCore

/// One CLIP with what it looks at and what it looks for.
struct Judge {
    let clip: CLIPModel
    let cutouts: any Cutouts
    let prompts: [Prompt]

    /// Embeds views of the picture and compares them with every prompt.
    ///
    /// - Parameters:
    ///   - image: `[1, H, W, 3]` in [0, 1].
    ///   - seed: the render's seed.
    ///   - iteration: steps done before this one.
    /// - Returns: the loss of every prompt, in order.
    func losses(of image: Tensor, seed: UInt64, iteration: Int) -> [Tensor] {
        let seen = clip.encodeImage(cutouts.views(of: image, seed: seed, iteration: iteration))
        return prompts.map { $0.loss(of: seen) }
    }
}
