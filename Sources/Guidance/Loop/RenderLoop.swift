import CLIP
public import Imaging
public import TensorCore
import VQGAN

/// One render: the VQGAN paints, CLIP judges, the latent moves.
///
/// A loop belongs to the thread of its backend. Random numbers depend on the seed and the iteration alone and the
/// backend's results not on its number of threads, so the same specification gives the same bits, whether it runs in
/// one go or goes on from a checkpoint.
public struct RenderLoop {
    /// What is rendered.
    public let spec: RenderSpec
    /// One report per step done.
    public private(set) var steps: [StepReport]

    private let models: GuidanceModels
    private let backend: any Backend
    private let specDigest: [UInt8]
    private let judges: [Judge]
    private let regularizers: [any Regularizer]
    private let latentShape: Shape
    private let range: (low: [Float], high: [Float])
    private var latent: [Float]
    private var optimizer: Adam

    /// Prepares a render, or takes one up again.
    ///
    /// - Parameters:
    ///   - spec: every setting.
    ///   - models: the painter and the judge, on `backend`.
    ///   - backend: who computes.
    ///   - pictures: every picture that `spec` names.
    ///   - checkpoint: where to go on, made by a loop of the same specification.
    /// - Throws: `RenderError`.
    public init(
        spec: RenderSpec, models: GuidanceModels, backend: any Backend, pictures: RenderPictures = RenderPictures(),
        resuming checkpoint: RenderCheckpoint? = nil
    ) throws(RenderError) {
        let prompts: [Prompt]
        do { prompts = try models.prompts(for: spec) } catch { throw .specification(error) }
        do { specDigest = Array(try spec.digest()) } catch { throw .notEncodable("\(error)") }
        self.spec = spec
        self.models = models
        self.backend = backend
        let cutouts = CutoutMethod.cutouts(for: spec, side: models.clip.configuration.imageSize)
        judges = [Judge(clip: models.clip, cutouts: cutouts, prompts: prompts)]
        regularizers = []
        let factor = models.vqgan.configuration.downsamplingFactor
        latentShape = [1, spec.size.height / factor, spec.size.width / factor, models.vqgan.configuration.embedDim]
        range = (models.vqgan.codebookRange.low.values, models.vqgan.codebookRange.high.values)
        if let checkpoint {
            guard checkpoint.specDigest == specDigest else {
                throw .foreignCheckpoint("its settings differ from those of this render")
            }
            guard checkpoint.latent.count == latentShape.count, checkpoint.iteration <= spec.iterations else {
                throw .foreignCheckpoint("its latent has \(checkpoint.latent.count) elements, not \(latentShape.count)")
            }
            (latent, optimizer, steps) = (checkpoint.latent, checkpoint.optimizer, checkpoint.steps)
        } else {
            latent = try Start.latent(for: spec, models: models, prompts: prompts, pictures: pictures, on: backend)
            (optimizer, steps) = (Adam(count: latentShape.count), [])
        }
    }

    /// Whether all steps are done.
    public var isFinished: Bool { steps.count >= spec.iterations }

    /// Does one step of the optimisation; must not be called once the loop is finished.
    ///
    /// - Throws: `RenderError.diverged` if the loss or the square of a gradient is not finite; the state is that before the step.
    public mutating func step() throws(RenderError) -> StepReport {
        precondition(!isFinished, "all \(spec.iterations) iterations are done")
        let iteration = steps.count
        let learningRate = spec.descent.schedule.rate(
            spec.descent.learningRate, iteration: iteration, of: spec.iterations)

        // The VQGAN paints: nearest codes, straight through, then the decoder.
        let z = Tensor(latent, shape: latentShape, on: backend).tracked()
        let image = models.vqgan.decode(z)
        // CLIP looks at random views of the picture, and the prompts judge what it saw.
        var losses = judges.flatMap { $0.losses(of: image, seed: spec.seed, iteration: iteration) }
        losses += regularizers.map { $0.loss(of: z, image: image, iteration: iteration) }
        let total = losses.dropFirst().reduce(losses[0], +)

        // The latent moves against the gradient and stays within the codebook's range.
        let gradient = gradient(of: total, withRespectTo: [z])[0].values
        let loss = total.scalar
        // Adam keeps squares, so these have to be finite too.
        guard loss.isFinite, gradient.allSatisfy({ ($0 * $0).isFinite }) else {
            throw .diverged(iteration: iteration + 1)
        }
        optimizer.step(&latent, gradient: gradient, learningRate: learningRate)
        clampLatent()

        let report = StepReport(
            iteration: iteration + 1, loss: loss, terms: losses.map(\.scalar), learningRate: learningRate)
        steps.append(report)
        return report
    }

    private mutating func clampLatent() {
        let channels = range.low.count
        for i in latent.indices {
            let channel = i % channels
            latent[i] = min(max(latent[i], range.low[channel]), range.high[channel])
        }
    }

    /// The picture of the current latent.
    ///
    /// Samples are rounded to the nearest of 256 levels; the published scripts cut off instead, which darkens a little.
    public func image() -> RGBImage {
        let picture = models.vqgan.decode(Tensor(latent, shape: latentShape, on: backend))
        // The decoder's output lies in [0, 1].
        let pixels = picture.values.map { UInt8(($0 * 255).rounded()) }
        return RGBImage(width: spec.size.width, height: spec.size.height, pixels: pixels)
    }

    /// The state after the steps done so far.
    public func checkpoint() -> RenderCheckpoint {
        RenderCheckpoint(specDigest: specDigest, latent: latent, optimizer: optimizer, steps: steps)
    }

    /// The picture and the loss curve so far.
    public func result() -> RenderResult { RenderResult(spec: spec, image: image(), steps: steps) }
}
