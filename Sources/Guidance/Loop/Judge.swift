import CLIP
import TensorCore

/// One CLIP with what it looks at and what it looks for.
struct Judge {
    let clip: CLIPModel
    let cutouts: any Cutouts
    let prompts: [Prompt]
    /// Most views in memory at once; nil for all.
    var batch: Int?

    /// What a judge says of a picture.
    struct Verdict {
        /// The loss of every prompt, in order.
        var losses: [Float]
        /// Their sum, through which the gradient flows to the picture.
        var total: Tensor
    }

    /// Embeds views of the picture and compares them with every prompt.
    ///
    /// Views go through CLIP in micro-batches. Each computes its part of the loss and of the picture's gradient and
    /// frees its tape, so that memory is bounded by one of them; a prompt's loss is the mean over all views, so a part
    /// counts by its share of them. The decoder then goes back once, with the sum.
    /// - Parameters:
    ///   - image: `[1, H, W, 3]` in [0, 1].
    ///   - seed: the render's seed.
    ///   - iteration: steps done before this one.
    /// - Returns: the losses, and their sum with its gradient.
    func verdict(of image: Tensor, seed: UInt64, iteration: Int) -> Verdict {
        let drawn = cutouts.draw(height: image.shape[1], width: image.shape[2], seed: seed, iteration: iteration)
        let leaf = image.detached().tracked()
        var losses = [Float](repeating: 0, count: prompts.count)
        var total: Float = 0
        var slope: Tensor?
        for start in stride(from: 0, to: drawn.count, by: batch ?? drawn.count) {
            let range = start..<min(start + (batch ?? drawn.count), drawn.count)
            let seen = clip.encodeImage(drawn.views(of: leaf, range))
            let share = Float(range.count) / Float(drawn.count)
            let parts = prompts.map { prompt -> Tensor in
                let loss = prompt.loss(of: seen)
                return range.count == drawn.count ? loss : loss.affine(scale: share)
            }
            let sum = parts.dropFirst().reduce(parts[0], +)
            for (index, part) in parts.enumerated() { losses[index] += part.scalar }
            total += sum.scalar
            let part = gradient(of: sum, withRespectTo: [leaf])[0]
            slope = slope.map { $0 + part } ?? part
        }
        let value = Tensor([total], shape: [], on: image.backend)
        return Verdict(losses: losses, total: slope.map { value.withGradient($0, of: image) } ?? value)
    }
}
