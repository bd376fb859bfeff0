import CLIP
import TensorCore
import VQGAN

/// Finds the simple layout nearest to the prompts, as the starter pair's recipe does.
///
/// First all 924 coarse layouts are compared with the prompts at CLIP's size, then 15 finer forms in the best colours,
/// then the best eight as the VQGAN renders them. The measure is the weighted sum of the prompts' cosine similarities.
/// Of equal ones the first wins, so the result is the same in every run. Prompts with a mask get a layout of their own,
/// which fills their region of the picture.
struct LayoutSearch {
    let vqgan: VQModel
    let judge: Judge
    let backend: any Backend

    /// The encoder's output for the best layout, before quantisation: `[1, h, w, e]`.
    func latent(size: PictureSize) -> Tensor {
        let prompts = judge.prompts.columns(at: 0).flatMap { $0 }
        var regions: [MaskRegion] = []
        for case let region? in prompts.map(\.region) where !regions.contains(region) { regions.append(region) }
        let whole = Candidates(prompts: prompts.filter { $0.region == nil }, clip: judge.clip, backend: backend)
        guard !regions.isEmpty else { return rendered(whole.best(8), size, whole) }
        let gray = Tensor(repeating: 0.5, shape: [1, size.height, size.width, 3], on: backend)
        var picture = whole.prompts.isEmpty ? gray : enlarged(whole.best(1)[0], size)
        for region in regions {
            guard let view = judge.regions[region] else { continue }
            let candidates = Candidates(
                prompts: prompts.filter { $0.region == region }, view: view, clip: judge.clip, backend: backend)
            picture = view.laying(layout: candidates.best(1)[0], of: candidates.side, over: picture)
        }
        return vqgan.encode(picture.affine(scale: 2, shift: -1))
    }

    /// The latent of the layout that is nearest once the VQGAN has painted it.
    private func rendered(_ pictures: [[Float]], _ size: PictureSize, _ candidates: Candidates) -> Tensor {
        let latents = pictures.map { vqgan.encode(enlarged($0, size).affine(scale: 2, shift: -1)) }
        let side = candidates.side
        let scores = latents.map { candidates.scores(of: vqgan.decode($0).resized(height: side, width: side))[0] }
        return latents[highest(1, of: scores)[0]]
    }

    private func enlarged(_ pixels: [Float], _ size: PictureSize) -> Tensor {
        let side = judge.clip.configuration.imageSize
        return Tensor(pixels, shape: [1, side, side, 3], on: backend).resized(height: size.height, width: size.width)
    }
}

/// Layouts as some prompts see them, in all of a picture or in a region.
private struct Candidates {
    let prompts: [Prompt]
    var view: RegionView?
    let clip: CLIPModel
    let backend: any Backend

    /// Side of CLIP's pictures.
    var side: Int { clip.configuration.imageSize }

    /// The pixels of the nearest layouts, `[side, side, 3]` each, the nearest first.
    func best(_ count: Int) -> [[Float]] {
        let coarse = Layout.coarse
        let ranked = highest(24, of: scores(coarse))
        var colors: [Layout] = []
        for layout in ranked.map({ coarse[$0] })
        where !colors.contains(where: { $0.ground == layout.ground && $0.figure == layout.figure }) {
            colors.append(layout)
        }
        let candidates = ranked.prefix(8).map { coarse[$0] } + colors.prefix(8).flatMap(\.refined)
        return highest(count, of: scores(candidates)).map { candidates[$0].pixels(side: side) }
    }

    /// Scores of layouts at CLIP's size, painted and embedded in batches: all 924 of a large CLIP fill half a gigabyte.
    private func scores(_ layouts: [Layout]) -> [Float] {
        let size = min(max(Limits.searchPixels / (side * side), 1), Limits.searchBatch)
        return stride(from: 0, to: layouts.count, by: size).flatMap { start -> [Float] in
            let batch = layouts[start..<min(start + size, layouts.count)]
            let pixels = batch.flatMap { $0.pixels(side: side) }
            let tensor = Tensor(pixels, shape: [batch.count, side, side, 3], on: backend)
            return scores(of: view?.masking(tensor) ?? tensor)
        }
    }

    /// The weighted sum of cosine similarities, one number per picture of `[N, S, S, 3]`.
    func scores(of pictures: Tensor) -> [Float] {
        let embeddings = rows(of: clip.encodeImage(pictures))
        let wanted = prompts.flatMap { prompt in
            let rows = rows(of: prompt.embedding)
            return rows.map { (prompt.weight / Float(rows.count), $0) }
        }
        return embeddings.map { picture in
            wanted.reduce(0) { $0 + $1.0 * zip(picture, $1.1).reduce(0) { $0 + $1.0 * $1.1 } }
        }
    }

    /// The rows of `[n, d]`, each of unit length.
    private func rows(of embeddings: Tensor) -> [[Float]] {
        let (values, width) = (embeddings.values, embeddings.shape[1])
        return stride(from: 0, to: values.count, by: width).map { normalized(Array(values[$0..<($0 + width)])) }
    }
}

/// Indices of the highest scores, highest first, of equal ones the earlier first.
private func highest(_ count: Int, of scores: [Float]) -> [Int] {
    Array(scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(count))
}

extension RegionView {
    /// Square pictures `[N, S, S, 3]` that fill the region, as its prompts would see them.
    fileprivate func masking(_ pictures: Tensor) -> Tensor {
        let side = pictures.shape[1]
        let share = share(side: side)
        let backend = pictures.backend
        let factor = Tensor(share.flatMap { [$0, $0, $0] }, shape: [side, side, 3], on: backend)
        let gray = Tensor(
            share.flatMap { [Float](repeating: (1 - $0) * 0.5, count: 3) }, shape: [side, side, 3], on: backend)
        return pictures * factor + gray
    }
}
