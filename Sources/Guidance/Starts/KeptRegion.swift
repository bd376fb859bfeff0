import Imaging
import TensorCore

/// What must not change: pixels under the white of `keep_mask` stay those of the start picture.
///
/// In the loop the judged picture is the painted one with the kept pixels laid over it, so that CLIP sees what is
/// painted in its surroundings and gradients reach only what may change. Where the mask is gray the two are mixed.
struct KeptRegion {
    private let start: RGBImage
    private let mask: GrayMask
    /// How much may change, `[1, H, W]`.
    private let free: Tensor
    /// The start picture times what is kept, `[H, W, 3]`.
    private let kept: Tensor

    /// Prepares the mask of a specification; nil without one.
    ///
    /// The mask lies over the start picture, so it is placed in the render as that is. Throws `RenderError` for
    /// pictures that were not handed over or do not fit each other.
    init?(of spec: RenderSpec, pictures: RenderPictures, on backend: any Backend) throws(RenderError) {
        guard let file = spec.starting.keepMask, let startFile = spec.startImage else { return nil }
        let (image, picture) = (try pictures.image(file), try pictures.image(startFile))
        let fit = spec.starting.fit ?? .stretch
        guard fit == .stretch || (image.width, image.height) == (picture.width, picture.height) else {
            throw .specification(
                .conflict(
                    "“keep_mask” is \(image.width)×\(image.height) but “start_image” \(picture.width)×\(picture.height)"
                        + "; with “start_fit” \"\(fit.rawValue)\" they must have one size"))
        }
        self.init(
            start: picture.placed(in: spec.size, fit), mask: GrayMask(image, placedIn: spec.size, fit, on: backend),
            on: backend)
    }

    init(start: RGBImage, mask: GrayMask, on backend: any Backend) {
        (self.start, self.mask) = (start, mask)
        free = Tensor(mask.inverted.values, shape: [1, mask.height, mask.width], on: backend)
        let samples = start.pixels.enumerated().map { index, sample in Float(sample) / 255 * mask.values[index / 3] }
        kept = Tensor(samples, shape: [mask.height, mask.width, 3], on: backend)
    }

    /// The picture to be judged: `(1 − k)·painted + k·start`, of `[1, H, W, 3]`.
    func over(_ painted: Tensor) -> Tensor { Tensor.apply(.multiplyPrefix, [painted, free]) + kept }

    /// The finished picture: the start's very bytes where the mask is white.
    func over(_ painted: RGBImage) -> RGBImage {
        let samples = painted.pixels.indices.map { index -> UInt8 in
            let share = mask.values[index / 3]
            if share == 1 { return start.pixels[index] }
            let (own, other) = (Float(painted.pixels[index]), Float(start.pixels[index]))
            return UInt8((own * (1 - share) + other * share).rounded())
        }
        return RGBImage(width: painted.width, height: painted.height, pixels: samples)
    }
}

extension GrayMask {
    /// The lightness of a picture, placed in a render; black beside it.
    init(_ image: RGBImage, placedIn size: PictureSize, _ fit: StartFit, on backend: any Backend) {
        let placement = Placement(width: image.width, height: image.height, in: size, fit)
        let scaled = GrayMask(image, size: placement.scaled, on: backend)
        self.init(
            width: size.width, height: size.height,
            values: placement.sources.map { $0.map { scaled.values[$0] } ?? 0 })
    }
}
