import TensorCore

/// Finds out what a render will need, by running its loop on a backend that takes memory and computes nothing.
struct MemoryRehearsal {
    private let backend: any RehearsingBackend
    private let loop: RenderLoop
    /// The most resident bytes of tensors until the first step.
    let preparing: Int

    /// What a strategy costs.
    struct Need {
        /// The most resident bytes of tensors.
        var bytes: Int
        /// Expected time of a step, of which only ratios mean anything.
        var seconds: Double
    }

    /// Prepares the render, as far as nothing has to be computed.
    init(
        _ spec: RenderSpec, models: GuidanceModels, pictures: RenderPictures, on backend: any RehearsingBackend
    ) throws(RenderError) {
        precondition(!backend.computes, "a rehearsal computes nothing")
        self.backend = backend
        backend.rehearseAgain()
        var loop = try RenderLoop(spec: spec, models: models, backend: backend, pictures: pictures)
        preparing = backend.greatestBytes
        for judge in loop.judges.indices { loop.judges[judge].cutouts = DrawnOnce(loop.judges[judge].cutouts) }
        self.loop = loop
    }

    /// Goes through two steps: in the first what stays in memory from then on is still on its way there.
    func need(_ strategy: MemoryStrategy) throws(RenderError) -> Need {
        backend.rehearseAgain()
        var loop = loop
        loop.strategy = strategy
        _ = try loop.step()
        let first = backend.expectedSeconds
        guard !loop.isFinished else { return Need(bytes: backend.greatestBytes, seconds: first) }
        _ = try loop.step()
        return Need(bytes: backend.greatestBytes, seconds: backend.expectedSeconds - first)
    }

    /// Goes through what comes after the last step: the picture, and its score.
    func needOfTheEnd(_ strategy: MemoryStrategy, models: GuidanceModels) throws(RenderError) -> Int {
        backend.rehearseAgain()
        var loop = loop
        loop.strategy = strategy
        _ = try loop.step()
        if !loop.isFinished { _ = try loop.step() }
        let image = loop.image()
        do { _ = try models.score(of: image, for: loop.spec) } catch { throw .modelUnreadable("\(error)") }
        return backend.greatestBytes
    }
}

/// Views whose random parameters are drawn when they are first asked for: their values do not matter.
private final class DrawnOnce: Cutouts {
    private let cutouts: any Cutouts
    private let memory = Memory()

    /// `@unchecked Sendable`: guarded by the thread of its rehearsal, which is the only one.
    private final class Memory: @unchecked Sendable {
        var drawn: [PictureSize: any DrawnCutouts] = [:]
    }

    init(_ cutouts: any Cutouts) { self.cutouts = cutouts }

    func draw(height: Int, width: Int, seed: UInt64, iteration: Int) -> any DrawnCutouts {
        let size = PictureSize(width: width, height: height)
        if let known = memory.drawn[size] { return known }
        let drawn = cutouts.draw(height: height, width: width, seed: seed, iteration: iteration)
        memory.drawn[size] = drawn
        return drawn
    }

    var bordered: any Cutouts { DrawnOnce(cutouts.bordered) }
}
