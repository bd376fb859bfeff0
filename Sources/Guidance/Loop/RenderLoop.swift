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
    /// How the loop divides its work; the picture does not depend on it but for the size of CLIP's batches.
    public internal(set) var strategy: MemoryStrategy
    private let specDigest: [UInt8]
    var judges: [Judge]
    private let regularizers: [any Regularizer]
    private let kept: KeptRegion?
    private let latentShape: Shape
    private var descent: Descent

    /// Prepares a render, or takes one up again.
    ///
    /// - Parameters:
    ///   - spec: every setting.
    ///   - models: the painter and the judge, on `backend`.
    ///   - backend: who computes.
    ///   - pictures: every picture that `spec` names.
    ///   - checkpoint: where to go on, made by a loop of the same specification.
    ///   - strategy: what is kept and what computed again, as a `MemoryPlan` chose it.
    /// - Throws: `RenderError`.
    public init(
        spec: RenderSpec, models: GuidanceModels, backend: any Backend, pictures: RenderPictures = RenderPictures(),
        resuming checkpoint: RenderCheckpoint? = nil, strategy: MemoryStrategy? = nil
    ) throws(RenderError) {
        let mark = backend.letGoOfConstants(madeSince: nil)
        do { try models.validate(spec) } catch { throw .specification(error) }
        do { specDigest = Array(try spec.digest()) } catch { throw .notEncodable("\(error)") }
        self.spec = spec
        self.models = models
        self.backend = backend
        self.strategy = strategy ?? .usual(for: spec)
        backend.keepDerivedWeights(self.strategy.keepsTransforms)
        let regions = try RegionView.all(of: spec, pictures: pictures, on: backend)
        judges = try models.judges.map { model throws(RenderError) in
            let cutouts = CutoutMethod.cutouts(for: spec, side: model.clip.configuration.imageSize)
            let embedding = PromptEmbedding(model: model, cutouts: cutouts, backend: backend)
            let prompts = try embedding.schedule(of: spec, pictures: pictures)
            // One text tower at most is in memory, and none while the latent moves.
            model.clip.text.release()
            return Judge(
                clip: model.clip, cutouts: cutouts, prompts: prompts, regions: regions,
                weight: model.weight)
        }
        kept = try KeptRegion(of: spec, pictures: pictures, on: backend)
        let factor = models.vqgan.configuration.downsamplingFactor
        latentShape = [1, spec.size.height / factor, spec.size.width / factor, models.vqgan.configuration.embedDim]
        let codes = models.vqgan.codebookRange
        let range = (low: codes.low.values, high: codes.high.values)
        if let checkpoint {
            guard checkpoint.specDigest == specDigest, checkpoint.iteration <= spec.iterations else {
                throw .foreignCheckpoint("its settings differ from those of this render")
            }
            descent = try Descent(resuming: checkpoint, spec.descent, count: latentShape.count, range: range)
            steps = checkpoint.steps
        } else {
            let latent = try Start.latent(for: spec, models: models, judge: judges[0], pictures: pictures, on: backend)
            (descent, steps) = (Descent(from: latent, spec.descent, range: range), [])
        }
        regularizers = spec.regularizers.regularizers(
            start: Tensor(descent.start, shape: latentShape, on: backend),
            decode: { models.vqgan.decode($0, seamless: spec.circularAxes) },
            size: spec.size, seamless: spec.circularAxes)
        // The text tower and the encoder have done their work.
        backend.letGoOfConstants(madeSince: mark)
    }

    /// Whether all steps are done, or the loss has settled and the settings end the render there.
    public var isFinished: Bool { steps.count >= spec.iterations || descent.hasSettled }

    /// Does one step of the optimisation; must not be called once the loop is finished.
    ///
    /// - Throws: `RenderError.diverged` if the loss or the square of a gradient is not finite; the state is that before the step.
    public mutating func step() throws(RenderError) -> StepReport {
        precondition(!isFinished, "the render has ended after \(steps.count) iterations")
        let iteration = steps.count
        let learningRate = spec.descent.rate(at: iteration, of: spec.iterations)

        backend.keepDerivedWeights(strategy.keepsTransforms)
        // The VQGAN paints: nearest codes, straight through, then the decoder.
        let z = Tensor(descent.latent, shape: latentShape, on: backend).tracked()
        let painted = models.vqgan.decode(z, seamless: spec.circularAxes, memory: strategy.levels)
        let image = kept?.over(painted) ?? painted
        // CLIP looks at random views of the picture, and the prompts judge what it saw.
        let verdicts = judges.map { judge in
            judge.weightedVerdict(of: image, seed: spec.seed, iteration: iteration, batch: strategy.cutoutBatch)
        }
        let others = regularizers.map { $0.loss(of: z, image: image, iteration: iteration) }
        let losses = verdicts.flatMap(\.losses) + others.map(\.scalar)
        let totals = verdicts.map(\.total) + others
        let total = totals.dropFirst().reduce(totals[0], +)

        // The latent moves against the gradient and stays within the codebook's range.
        let gradient = spec.descent.clipped(gradient(of: total, withRespectTo: [z])[0].values)
        let loss = total.scalar
        // Optimisers keep squares, so these have to be finite too.
        guard loss.isFinite, gradient.allSatisfy({ ($0 * $0).isFinite }) else {
            throw .diverged(iteration: iteration + 1)
        }
        descent.step(loss: loss, against: gradient, learningRate: learningRate)

        let report = StepReport(
            iteration: iteration + 1, loss: loss, terms: losses, learningRate: learningRate)
        steps.append(report)
        return report
    }

    /// The picture of the current latent, or of the running mean or the best if the settings ask for one.
    ///
    /// Samples are rounded to the nearest of 256 levels; the published scripts cut off instead, which darkens a little.
    public func image() -> RGBImage {
        let picture = models.vqgan.decode(
            Tensor(descent.shown, shape: latentShape, on: backend), seamless: spec.circularAxes)
        // The decoder's output lies in [0, 1].
        let pixels = picture.values.map { UInt8(($0 * 255).rounded()) }
        let image = RGBImage(width: spec.size.width, height: spec.size.height, pixels: pixels)
        return kept?.over(image) ?? image
    }

    /// The state after the steps done so far.
    public func checkpoint() -> RenderCheckpoint {
        RenderCheckpoint(specDigest: specDigest, steps: steps, arrays: descent.arrays())
    }

    /// The picture and the loss curve so far.
    public func result() -> RenderResult {
        RenderResult(spec: spec, image: image(), steps: steps, regularizers: regularizers.map(\.name))
    }
}
