import Imaging
import TensorCore

/// A part of the picture that some prompts judge: inside or outside of a mask.
struct MaskRegion: Hashable {
    let mask: FileReference
    let isOutside: Bool
}

extension RenderSpec {
    /// The region that a prompt names, nil for none; throws `RenderSpecError` if there is no such mask.
    func maskRegion(of region: PromptRegion?) throws(RenderSpecError) -> MaskRegion? {
        guard let region else { return nil }
        return MaskRegion(mask: try mask(of: region), isOutside: region.side == .outside)
    }

    /// Every region that some prompt names; throws `RenderSpecError`.
    func maskRegions() throws(RenderSpecError) -> Set<MaskRegion> {
        let texts: [PromptText]
        do { texts = try prompts() } catch { throw .prompt(error) }
        var regions: Set<MaskRegion> = []
        for region in texts.map(\.region) + prompting.images.map(\.region) {
            if let region = try maskRegion(of: region) { regions.insert(region) }
        }
        return regions
    }
}

/// What a masked prompt sees: the smallest square around its region, with gray where the region ends.
///
/// The square keeps the aspect and gives small regions all of CLIP's pixels; a picture too narrow for it is taken in
/// full width. Gradients reach the region only, softly where the mask is soft.
struct RegionView {
    /// Extents of the square.
    let (width, height): (Int, Int)
    /// Its corner in the picture.
    private let (x, y): (Int, Int)
    /// How much of the picture shows, `[1, height, width]` in [0, 1].
    private let share: Tensor
    /// Gray where it does not, `[height, width, 3]`.
    private let ground: Tensor

    /// Prepares a region of pictures of the mask's size; nil if the mask leaves nothing to see.
    init?(_ mask: GrayMask, isOutside: Bool, on backend: any Backend) {
        let mask = isOutside ? mask.inverted : mask
        guard let box = mask.box else { return nil }
        let side = max(box.width, box.height)
        (width, height) = (min(side, mask.width), min(side, mask.height))
        (x, y) = (
            min(max(box.x + (box.width - width) / 2, 0), mask.width - width),
            min(max(box.y + (box.height - height) / 2, 0), mask.height - height)
        )
        let values = mask.crop(x: x, y: y, width: width, height: height)
        share = Tensor(values, shape: [1, height, width], on: backend)
        ground = Tensor(
            values.flatMap { [Float](repeating: (1 - $0) * 0.5, count: 3) }, shape: [height, width, 3], on: backend)
    }

    /// The views of every region that a specification names.
    ///
    /// - Throws: `RenderError` if a mask was not handed over or leaves nothing to see.
    static func all(
        of spec: RenderSpec, pictures: RenderPictures, on backend: any Backend
    ) throws(RenderError) -> [MaskRegion: RegionView] {
        let regions: Set<MaskRegion>
        do { regions = try spec.maskRegions() } catch { throw .specification(error) }
        var views: [MaskRegion: RegionView] = [:]
        for region in regions {
            let mask = GrayMask(try pictures.image(region.mask), size: spec.size, on: backend)
            guard let view = RegionView(mask, isOutside: region.isOutside, on: backend) else {
                throw .specification(
                    .conflict(
                        "the mask \(region.mask.name) has nothing \(region.isOutside ? "outside: it is all white" : "inside: it is all black")"
                    ))
            }
            views[region] = view
        }
        return views
    }

    /// How much of the region's square shows, at another size: `side · side` numbers.
    func share(side: Int) -> [Float] {
        share.reshaped(to: [1, height, width, 1]).resized(height: side, width: side).values
    }

    /// A picture `[1, H, W, 3]` whose region is covered by a square one of `side` pixels that fills its square.
    func laying(layout: [Float], of side: Int, over picture: Tensor) -> Tensor {
        let backend = picture.backend
        let part = Tensor(layout, shape: [1, side, side, 3], on: backend).resized(height: height, width: width)
        let (square, share, row) = (part.values, share.values, picture.shape[2])
        var values = picture.values
        for line in 0..<height {
            for column in 0..<width {
                let (source, target) = (line * width + column, (line + y) * row + column + x)
                for channel in 0..<3 {
                    let (old, new) = (values[target * 3 + channel], square[source * 3 + channel])
                    values[target * 3 + channel] = old + (new - old) * share[source]
                }
            }
        }
        return Tensor(values, shape: picture.shape, on: backend)
    }

    /// The view of a picture `[1, H, W, 3]`.
    func callAsFunction(_ image: Tensor) -> Tensor {
        var part = image
        if part.shape[1] != height { part = part.slice(axis: 1, start: y, count: height) }
        if part.shape[2] != width { part = part.slice(axis: 2, start: x, count: width) }
        return Tensor.apply(.multiplyPrefix, [part, share]) + ground
    }
}
