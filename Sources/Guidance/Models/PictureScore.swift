import CLIP
public import Checkpoints
public import Imaging
import TensorCore
import VQGAN

extension GuidanceModels {
    /// How well a finished picture fits its prompts in the eyes of the judge that did not guide; nil without one.
    ///
    /// The weighted mean of the cosines between picture and prompts, `Σ wᵢ·cos(V(x), T(pᵢ)) / Σ |wᵢ|`, in [-1, 1]:
    /// prompts with negative weights count against the picture, and of a story the last phrase counts. Masks, image
    /// prompts and noise prompts are not looked at. The judge sees the middle square of the picture,
    /// resampled to its size by Lanczos' filter; its own preprocessing is the same with a bicubic filter.
    ///
    /// - Parameters:
    ///   - image: the picture.
    ///   - spec: a checked specification, for its prompts.
    /// - Returns: the score; nil if no judge is loaded, or if all prompts weigh nothing.
    /// - Throws: `CheckpointError` if the judge's file was damaged meanwhile.
    public func score(of image: RGBImage, for spec: RenderSpec) throws(CheckpointError) -> Double? {
        // A finished picture shows how a story ends.
        guard let scorer, let prompts = try? spec.story().last else { return nil }
        let side = scorer.clip.configuration.imageSize
        let pixels = image.middleSquare.resized(width: side, height: side).pixels.map { Float($0) / 255 }
        let seen = Tensor(pixels, shape: [1, side, side, 3], on: vqgan.codebook.backend)
        let picture = scorer.clip.encodeImage(seen).values
        let total = prompts.reduce(0) { $0 + Double(abs($1.weight)) }
        guard total > 0 else { return nil }
        var score = 0.0
        for prompt in prompts {
            let text = try scorer.embedding(of: prompt.text).values
            score += Double(prompt.weight) * Self.cosine(picture, text) / total
        }
        scorer.clip.text.release()
        return score
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        func product(_ a: [Float], _ b: [Float]) -> Double {
            zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        return product(a, b) / max((product(a, a) * product(b, b)).squareRoot(), 1e-12)
    }
}

extension RGBImage {
    /// The largest square around the middle; of an odd remainder the larger part is cut at the right or the bottom.
    var middleSquare: RGBImage {
        let side = min(width, height)
        guard width != height else { return self }
        let (left, top) = ((width - side) / 2, (height - side) / 2)
        var rows: [UInt8] = []
        for row in top..<(top + side) {
            let start = (row * width + left) * 3
            rows += pixels[start..<(start + side * 3)]
        }
        return RGBImage(width: side, height: side, pixels: rows)
    }
}
