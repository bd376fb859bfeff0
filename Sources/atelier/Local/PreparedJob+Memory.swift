import FarmModel
import Guidance
import ModelStore
import TensorCPU

extension PreparedJob {
    /// The plan of the task that needs most; nothing has been rendered and no weight read by then.
    ///
    /// - Parameters:
    ///   - budget: what each engine may take.
    ///   - threads: threads of each engine.
    ///   - store: the installed models.
    /// - Returns: its plan.
    /// - Throws: `UserError` in one line, if a task does not fit.
    func plan(within budget: MemorySize, threads: Int, models store: ModelStore) throws -> MemoryPlan {
        let references = ReferenceResolution(store: store, folder: nil)
        var greatest: MemoryPlan?
        var planned: Set<String> = []
        do {
            for point in spec.steps.flatMap({ $0.space.representativePoints }) {
                let spec = try RenderSpec(json: point.canonicalJSON)
                var kind = spec
                (kind.prompt, kind.caption, kind.seed) = ("", nil, 0)
                guard planned.insert(try kind.canonicalJSON()).inserted else { continue }
                let rehearsal = CPUBackend.rehearsal(threads: threads)
                let planner = try MemoryPlanner(
                    spec: spec, models: try GuidanceModels.load(for: spec, on: rehearsal, at: references.location),
                    pictures: try RenderPictures(of: spec, at: references.location), on: rehearsal)
                let plan = try planner.plan(within: budget).get()
                if plan.peak > greatest?.peak ?? MemorySize(bytes: 0) { greatest = plan }
            }
        } catch {
            throw UserError("--memory: \(error)")
        }
        guard let greatest else { preconditionFailure("a valid job has a point") }
        return greatest
    }
}
