import CLIP
import Imaging
import TensorCore
import VQGAN

extension Start {
    /// The latent a render begins with: `[h, w, e]`, row-major.
    ///
    /// A picture, read or random, becomes its quantised latent, as in the published scripts. The gray and the searched
    /// start keep the encoder's output before quantisation, as in the starter pair's recipe; the first decoding
    /// quantises it anyway.
    static func latent(
        for spec: RenderSpec, models: GuidanceModels, judge: Judge, pictures: RenderPictures,
        on backend: any Backend
    ) throws(RenderError) -> [Float] {
        let vqgan = models.vqgan
        func quantized(_ picture: RGBImage) -> [Float] {
            vqgan.quantizedEncoding(of: picture.encoderInput(on: backend), seamless: spec.circularAxes).values
        }
        switch spec.start {
        case .search:
            return LayoutSearch(vqgan: vqgan, judge: judge, backend: backend).latent(size: spec.size).values
        case .random:
            return randomCodes(spec, vqgan)
        case .gray:
            // Middle gray is 0 in the encoder's range of −1 to 1.
            return vqgan.encode(Tensor(repeating: 0, shape: [1, spec.size.height, spec.size.width, 3], on: backend))
                .values
        case .pixels:
            var random = RandomPurpose.startPixels.stream(seed: spec.seed)
            return quantized(RandomPicture.pixels(spec.size, from: &random))
        case .gradient:
            var random = RandomPurpose.startGradient.stream(seed: spec.seed)
            return quantized(RandomPicture.gradient(spec.size, from: &random))
        case .image:
            guard let file = spec.startImage else { preconditionFailure("a checked specification names its picture") }
            var picture = try pictures.image(file).placed(in: spec.size, spec.starting.fit ?? .stretch)
            if let share = spec.starting.noise {
                var random = RandomPurpose.startPixels.stream(seed: spec.seed)
                picture = picture.mixed(with: RandomPicture.pixels(spec.size, from: &random), share: Float(share))
            }
            return quantized(picture)
        }
    }

    /// A uniformly random row of the codebook at every position.
    private static func randomCodes(_ spec: RenderSpec, _ vqgan: VQModel) -> [Float] {
        let (factor, width) = (vqgan.configuration.downsamplingFactor, vqgan.codebook.shape[1])
        let positions = (spec.size.height / factor) * (spec.size.width / factor)
        let codebook = vqgan.codebook.values
        var random = RandomPurpose.start.stream(seed: spec.seed)
        return (0..<positions).flatMap { _ in
            let row = random.integer(below: vqgan.codebook.shape[0])
            return codebook[(row * width)..<((row + 1) * width)]
        }
    }
}
