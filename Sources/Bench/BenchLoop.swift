import Guidance
import TensorCore

/// Runs the render loop under a clock.
enum BenchLoop {
    /// One iteration: in total, and by parts.
    struct Iteration {
        var wall: Double
        var cpu: Double
        var parts: [LoopPart: (wall: Double, cpu: Double)]
        var samples: [OperationClock.Sample]
    }

    /// The published default at the size and with the views of a setting.
    static func spec(_ setting: BenchSetting, iterations: Int) -> RenderSpec {
        var spec = RenderDefaults.published.spec
        spec.prompt = "a benchmark"
        spec.size = PictureSize(width: setting.size.width, height: setting.size.height)
        spec.views.count = CutoutSchedule(setting.cutouts)
        spec.iterations = iterations
        return spec
    }

    /// A loop of the published default on these models.
    static func loop(
        _ setting: BenchSetting, _ models: GuidanceModels, _ backend: any Backend, iterations: Int,
        strategy: MemoryStrategy? = nil
    ) throws -> RenderLoop {
        try RenderLoop(
            spec: spec(setting, iterations: iterations), models: models, backend: backend, strategy: strategy)
    }

    /// The iterations after the first, which fills the caches.
    static func run(
        _ setting: BenchSetting, _ models: GuidanceModels, _ clock: OperationClock, strategy: MemoryStrategy? = nil
    ) throws -> [Iteration] {
        var loop = try loop(setting, models, clock, iterations: setting.iterations + 1, strategy: strategy)
        _ = try loop.step()
        return try (0..<setting.iterations).map { _ in
            clock.reset()
            let start = Instant.now()
            _ = try loop.step()
            let end = Instant.now()
            return iteration(wall: end.wall - start.wall, cpu: end.cpu - start.cpu, clock.samples)
        }
    }

    private static func iteration(
        wall: Double, cpu: Double, _ samples: [OperationClock.Sample]
    ) -> Iteration {
        var parts: [LoopPart: (wall: Double, cpu: Double)] = [.host: (wall, cpu)]
        var part = LoopPart.search
        for sample in samples {
            part = LoopPart.part(of: sample.operation, after: part)
            let before = parts[part] ?? (0, 0)
            parts[part] = (before.wall + sample.wall, before.cpu + sample.cpu)
            let rest = parts[.host] ?? (0, 0)
            parts[.host] = (rest.wall - sample.wall, rest.cpu - sample.cpu)
        }
        return Iteration(wall: wall, cpu: cpu, parts: parts, samples: samples)
    }
}
