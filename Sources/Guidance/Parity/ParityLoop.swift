import CLIP
import Checkpoints
import Foundation
import TensorCore
import VQGAN

/// The checks of a folder of kind `loop`: a short render from a given latent, without chance.
///
/// Every step decodes `z`, shrinks the whole picture to CLIP's size by the mean of average and maximum pooling, measures
/// the spherical distance to the prompt, takes a step of Adam and clamps `z` to the codebook's range.
struct ParityLoop {
    /// Each loss may be off by a thousandth of itself; the steps before it have added up their rounding.
    private static let lossTolerance: Float = 1e-3
    /// How far the last latent may be off: the root mean square of the difference, over that of the way it has gone.
    ///
    /// Adam divides a gradient by its own size: a channel whose gradient is near the rounding error still moves by about
    /// the step size, in a direction that rounding decides, and codes flip at near ties. No single element of `z` can be
    /// held to anything: at the published shapes PyTorch with one thread and with two differ by half of the largest
    /// value after three steps, but by 0.013 of the way (0.024 with another memory layout). A wrong rule, rate or sign
    /// gives 1 or more.
    private static let latentTolerance: Float = 0.1

    private let folder: ParityFolder
    private let vqgan: ParityVQGAN
    private let clip: ParityCLIP
    private let backend: any Backend

    init(_ folder: ParityFolder, _ backend: any Backend) throws(CheckpointError) {
        self.folder = folder
        self.backend = backend
        vqgan = try ParityVQGAN(ParityFolder("\(folder.path)/../\(folder.about.text("vqgan"))"), backend)
        clip = try ParityCLIP(ParityFolder("\(folder.path)/../\(folder.about.text("clip"))"), backend)
    }

    func rows(tolerance: Float) throws(CheckpointError) -> [ParityReport.Row] {
        let model = vqgan.model
        guard let z0 = try folder.picture("z0", channels: model.configuration.embedDim) else {
            throw folder.refused("z0", "is missing")
        }
        let steps = try folder.about.integer("steps", in: 1...1000)
        let cutouts = try folder.about.integer("cutouts", in: 1...256)
        let learningRate = try folder.about.numberIfGiven("lr", in: 1e-6...10) ?? 0.1
        let prompt = try clip.embedding(of: folder.about.text("prompt"))
        let (low, high) = model.codebookRange

        var z = z0.channelsLast(on: backend)
        var optimizer = Optimizer(.adam, count: z.shape.count)
        var losses: [Float] = []
        for _ in 0..<steps {
            let leaf = z.tracked()
            let loss = loss(of: model.decode(leaf), prompt: prompt, cutouts: cutouts)
            losses.append(loss.scalar)
            let slope = gradient(of: loss, withRespectTo: [leaf])[0]
            var values = z.values
            optimizer.step(&values, gradient: slope.values, learningRate: learningRate)
            z = Tensor.apply(.clampChannels, [Tensor(values, shape: z.shape, on: backend), low, high])
        }

        var rows: [ParityReport.Row] = []
        if let expected = try folder.tensor("losses", [steps]) {
            rows.append(Self.losses(expected.values, losses, tolerance: max(tolerance, Self.lossTolerance)))
        }
        if let expected = try folder.tensor("z", z0.shape) {
            rows.append(
                Self.latent(z0, expected, z.channelsFirst, tolerance: max(tolerance, Self.latentTolerance)))
        }
        // The picture of the expected latent, not of our own: a code that flips at a near tie would show in the picture,
        // and whether that happens says nothing about the decoder.
        let last = try folder.tensor("z", z0.shape)?.channelsLast(on: backend) ?? z
        let image = model.decode(last)
        let pictures: Shape = [image.shape[0], 3, image.shape[1], image.shape[2]]
        if let expected = try folder.tensor("image", pictures) {
            rows.append(
                ParityReport.Row(
                    "image", pictures, expected: expected.values, found: image.channelsFirst, tolerance: tolerance))
        }
        return rows
    }

    private func loss(of image: Tensor, prompt: Tensor, cutouts: Int) -> Tensor {
        let size = clip.model.configuration.imageSize
        let average = Tensor.apply(.adaptiveAveragePool(height: size, width: size), [image])
        let largest = Tensor.apply(.adaptiveMaxPool(height: size, width: size), [image])
        let pooled = (average + largest).affine(scale: 0.5).repeatedBatch(cutouts)
        return Tensor.apply(.sphericalDistance, [clip.model.encodeImage(pooled), prompt]).mean()
    }

    /// The last latent against the expected one, as a part of the way from the first.
    private static func latent(
        _ first: HostTensor, _ expected: HostTensor, _ found: [Float], tolerance: Float
    ) -> ParityReport.Row {
        func distance(_ a: [Float], _ b: [Float]) -> Float {
            Float((zip(a, b).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) } / Double(a.count)).squareRoot())
        }
        let (off, way) = (distance(expected.values, found), distance(expected.values, first.values))
        return ParityReport.Row(
            name: "z", shape: first.shape, absolute: off, relative: off == 0 ? 0 : off / way,
            tolerance: tolerance)
    }

    /// Every loss against its own expected value: an early step must not hide behind a larger one.
    private static func losses(_ expected: [Float], _ found: [Float], tolerance: Float) -> ParityReport.Row {
        let steps = zip(expected, found).map {
            ParityReport.Row("losses", [], expected: [$0], found: [$1], tolerance: tolerance)
        }
        let worst = steps.first { !$0.passed } ?? steps.max { $0.relative < $1.relative } ?? steps[0]
        return ParityReport.Row(
            name: "losses", shape: [expected.count], absolute: worst.absolute, relative: worst.relative,
            tolerance: tolerance)
    }
}
