import Guidance
import StarterModel
import TensorCPU
import TensorCore

/// The starter pair on a backend of its own, so that tests can run beside each other.
struct StarterFixture {
    let backend: any Backend
    let models: GuidanceModels

    init(threads: Int = 1) throws {
        backend = CPUBackend(threads: threads)
        models = try GuidanceModels.load(ModelPaths(try StarterModel()), on: backend)
    }

    /// A loop of the starter's defaults with a few settings changed.
    func loop(
        _ prompt: String, resuming checkpoint: RenderCheckpoint? = nil, change: (inout RenderSpec) -> Void = { _ in }
    ) throws -> RenderLoop {
        var spec = RenderDefaults.starter.spec
        spec.prompt = prompt
        change(&spec)
        return try RenderLoop(spec: spec, models: models, backend: backend, resuming: checkpoint)
    }
}

extension RenderLoop {
    /// Runs to the end, or for some steps.
    mutating func run(_ steps: Int = .max) throws {
        var rest = steps
        while !isFinished, rest > 0 {
            _ = try step()
            rest -= 1
        }
    }
}
