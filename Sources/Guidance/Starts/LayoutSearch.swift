import CLIP
import TensorCore
import VQGAN

/// Finds the simple layout nearest to the prompts, as the starter pair's recipe does.
///
/// First all 924 coarse layouts are compared with the prompts at CLIP's size, then 15 finer forms in the best colours,
/// then the best eight as the VQGAN renders them. The measure is the weighted sum of the prompts' cosine similarities.
/// Of equal ones the first wins, so the result is the same in every run.
struct LayoutSearch {
    let models: GuidanceModels
    let prompts: [Prompt]
    let backend: any Backend

    /// The encoder's output for the best layout, before quantisation: `[1, h, w, e]`.
    func latent(size: PictureSize) -> Tensor {
        let side = models.clip.configuration.imageSize
        let coarse = Layout.coarse
        let ranked = best(24, of: scores(coarse.map { $0.pixels(side: side) }))
        var colors: [Layout] = []
        for layout in ranked.map({ coarse[$0] })
        where !colors.contains(where: { $0.ground == layout.ground && $0.figure == layout.figure }) {
            colors.append(layout)
        }
        let candidates = ranked.prefix(8).map { coarse[$0] } + colors.prefix(8).flatMap(\.refined)
        let pictures = candidates.map { $0.pixels(side: side) }
        let latents = best(8, of: scores(pictures)).map { index -> Tensor in
            let picture = Tensor(pictures[index], shape: [1, side, side, 3], on: backend)
                .resized(height: size.height, width: size.width)
            return models.vqgan.encode(picture.affine(scale: 2, shift: -1))
        }
        let rendered = latents.map { scores(of: models.vqgan.decode($0).resized(height: side, width: side))[0] }
        return latents[best(1, of: rendered)[0]]
    }

    /// Scores of square pictures at CLIP's size, in batches.
    private func scores(_ pictures: [[Float]]) -> [Float] {
        let side = models.clip.configuration.imageSize
        return stride(from: 0, to: pictures.count, by: Limits.searchBatch).flatMap { start -> [Float] in
            let batch = pictures[start..<min(start + Limits.searchBatch, pictures.count)]
            return scores(of: Tensor(Array(batch.joined()), shape: [batch.count, side, side, 3], on: backend))
        }
    }

    /// The weighted sum of cosine similarities, one number per picture of `[N, S, S, 3]`.
    private func scores(of pictures: Tensor) -> [Float] {
        let embeddings = rows(of: models.clip.encodeImage(pictures))
        let texts = prompts.flatMap { prompt in rows(of: prompt.embedding).map { (prompt.weight, $0) } }
        return embeddings.map { picture in
            texts.reduce(0) { $0 + $1.0 * zip(picture, $1.1).reduce(0) { $0 + $1.0 * $1.1 } }
        }
    }

    /// The rows of `[n, d]`, each of unit length.
    private func rows(of embeddings: Tensor) -> [[Float]] {
        let (values, width) = (embeddings.values, embeddings.shape[1])
        return stride(from: 0, to: values.count, by: width).map { start in
            let row = values[start..<(start + width)]
            let length = max(row.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
            return row.map { $0 / length }
        }
    }

    /// Indices of the highest scores, highest first, of equal ones the earlier first.
    private func best(_ count: Int, of scores: [Float]) -> [Int] {
        Array(scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(count))
    }
}
