public import TensorCore
import VQGAN

/// What a render will do with the memory it is given, known before a weight is read.
public struct MemoryPlan: Sendable {
    /// What is kept and what is computed again.
    public let strategy: MemoryStrategy
    /// The most resident memory of the process that is expected.
    public let peak: MemorySize
    /// Expected time of a step over that of a render that nobody bounds.
    public let slowdown: Double

    /// One line for the user.
    public var description: String {
        let percent = Int(((slowdown - 1) * 100).rounded())
        let pace = percent > 0 ? ", about \(percent) % slower than without a bound" : ""
        return "expects \(peak) of memory\(pace)"
    }
}

/// A render does not fit its memory.
public struct MemoryRefusal: Error, Equatable, CustomStringConvertible {
    /// What was allowed.
    public let budget: MemorySize
    /// The size asked for.
    public let size: PictureSize
    /// The smallest budget that works at this size.
    public let smallest: MemorySize
    /// The largest picture of the same proportions that fits the budget; nil if none does.
    public let largest: PictureSize?

    /// One line for the user.
    public var description: String {
        "\(size) does not fit \(budget) of memory with these models: it takes \(smallest) at least; "
            + (largest.map { "the largest size of these proportions that fits is \($0)" }
                ?? "no size of these proportions fits")
    }
}

/// Chooses the fastest way of rendering that fits an amount of memory.
///
/// A plan follows from the settings, the shapes of the models and the backend alone. It is found by rehearsal: the very
/// loop that renders runs on a backend that takes the same memory and computes nothing, once for every strategy.
public struct MemoryPlanner {
    private let spec: RenderSpec
    private let models: GuidanceModels
    private let pictures: RenderPictures
    private let backend: any RehearsingBackend
    private let rehearsal: MemoryRehearsal
    private let usual: (strategy: MemoryStrategy, need: MemoryRehearsal.Need)
    /// The most that is needed before the first and after the last step.
    private let ends: Int
    /// Plans are made once.
    private let known = Known()

    private final class Known {
        var plans: [MemoryPlan]?
    }

    /// Rehearses a render.
    ///
    /// - Parameters:
    ///   - spec: every setting.
    ///   - models: the models, loaded on `backend`: only their shapes are looked at.
    ///   - pictures: every picture that `spec` names.
    ///   - backend: a backend that computes nothing, for as many threads as will render.
    /// - Throws: `RenderError` if the render cannot start.
    public init(
        spec: RenderSpec, models: GuidanceModels, pictures: RenderPictures = RenderPictures(),
        on backend: any RehearsingBackend
    ) throws(RenderError) {
        (self.spec, self.models, self.pictures, self.backend) = (spec, models, pictures, backend)
        rehearsal = try MemoryRehearsal(spec, models: models, pictures: pictures, on: backend)
        let strategy = MemoryStrategy.usual(for: spec)
        usual = (strategy, try rehearsal.need(strategy))
        ends = max(
            rehearsal.preparing, try rehearsal.needOfTheEnd(Self.leanest(for: spec, models), models: models))
    }

    /// The plan of a render that nobody bounds.
    public var unbounded: MemoryPlan { plan(usual.strategy, usual.need) }

    /// Every strategy with what it needs, the fastest first.
    public func plans() throws(RenderError) -> [MemoryPlan] {
        if let known = known.plans { return known }
        let configuration = models.vqgan.configuration
        let candidates = MemoryStrategy.candidates(
            levels: configuration.channelMultipliers.count, blocks: configuration.residualBlocks + 1,
            batch: spec.views.batch)
        let plans = try candidates.map { strategy throws(RenderError) in
            plan(strategy, try rehearsal.need(strategy))
        }.sorted { ($0.slowdown, $0.peak) < ($1.slowdown, $1.peak) }
        known.plans = plans
        return plans
    }

    /// The fastest plan that stays within a budget: more memory never makes it slower.
    ///
    /// - Returns: the plan, or why there is none.
    /// - Throws: `RenderError` if the render cannot start.
    public func plan(within budget: MemorySize) throws(RenderError) -> Result<MemoryPlan, MemoryRefusal> {
        let plans = try plans()
        if let best = plans.first(where: { $0.peak <= budget }) { return .success(best) }
        let smallest = plans.map(\.peak).min() ?? unbounded.peak
        return .failure(
            MemoryRefusal(budget: budget, size: spec.size, smallest: smallest, largest: largestSize(within: budget)))
    }

    /// The plan that keeps least.
    private func leanest() throws(RenderError) -> MemoryPlan {
        let strategy = Self.leanest(for: spec, models)
        return plan(strategy, try rehearsal.need(strategy))
    }

    private static func leanest(for spec: RenderSpec, _ models: GuidanceModels) -> MemoryStrategy {
        let configuration = models.vqgan.configuration
        return MemoryStrategy(
            levels: configuration.channelMultipliers.indices.map {
                .level(keeping: $0 == 0 ? 0 : configuration.residualBlocks)
            }, keepsTransforms: false, cutoutBatch: spec.views.batch ?? 1)
    }

    private func plan(_ strategy: MemoryStrategy, _ need: MemoryRehearsal.Need) -> MemoryPlan {
        let tensors = max(need.bytes, ends)
        return MemoryPlan(
            strategy: strategy, peak: MemorySize(bytes: tensors + Self.hostBytes(spec, tensors: tensors)),
            slowdown: need.seconds / usual.need.seconds)
    }

    /// What the process takes besides tensors: the program itself, copies of picture and latent, and a little for what
    /// the system rounds up.
    private static func hostBytes(_ spec: RenderSpec, tensors: Int) -> Int {
        tensors / Limits.memoryMargin + Limits.processBytes + spec.size.width * spec.size.height
            * Limits.hostBytesPerPixel
    }

    /// The largest picture of the same proportions that fits, found by halving.
    private func largestSize(within budget: MemorySize) -> PictureSize? {
        let factor = models.vqgan.configuration.downsamplingFactor
        /// Sizes in steps of the shorter side's latent positions.
        let steps = min(spec.size.width, spec.size.height) / factor
        func size(_ step: Int) -> PictureSize {
            func side(_ extent: Int) -> Int { max(factor, extent / factor * step / steps * factor) }
            return PictureSize(width: side(spec.size.width), height: side(spec.size.height))
        }
        func fits(_ size: PictureSize) -> Bool {
            var smaller = spec
            smaller.size = size
            guard let planner = try? MemoryPlanner(spec: smaller, models: models, pictures: pictures, on: backend),
                let leanest = try? planner.leanest()
            else { return false }
            return leanest.peak <= budget
        }
        var (low, high) = (0, steps)
        while high - low > 1 {
            let middle = (low + high) / 2
            if fits(size(middle)) { low = middle } else { high = middle }
        }
        return low > 0 ? size(low) : nil
    }
}
