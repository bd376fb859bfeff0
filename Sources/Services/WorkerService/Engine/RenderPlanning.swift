import FarmModel
import Foundation
import Guidance
import TensorCPU

/// Decides how a render uses the memory it is given, before any weight is read.
struct RenderPlanning {
    /// A way to render.
    struct Plan {
        var strategy: MemoryStrategy
        /// What a manifest says of it.
        var facts: [String: String]
        /// What a log says of it; nil where all is as usual.
        var note: String?
        /// Whether the render before was of another kind.
        var isNew = true
    }

    private let threads: Int
    /// Octets; nil for what the machine has free.
    private let memory: Int?
    /// The last plan, and what it is for: prompts and seeds do not matter.
    private var known: (key: String, plan: Plan)?

    init(threads: Int, memory: Int?) { (self.threads, self.memory) = (threads, memory) }

    /// Plans a render.
    ///
    /// - Parameters:
    ///   - spec: every setting.
    ///   - path: where the content of a reference lies.
    /// - Returns: the plan.
    /// - Throws: `EngineFailure` if it cannot be rendered, or not with this memory.
    mutating func plan(_ spec: RenderSpec, at path: (FileReference) -> String) throws -> Plan {
        var kind = spec
        (kind.prompt, kind.caption, kind.seed) = ("", nil, 0)
        do {
            let key = try kind.canonicalJSON()
            if let known, known.key == key { return known.plan }
            let plan = try make(spec, at: path)
            var again = plan
            again.isNew = false
            known = (key, again)
            return plan
        } catch {
            throw EngineFailure(ofPreparation: error)
        }
    }

    private func make(_ spec: RenderSpec, at path: (FileReference) -> String) throws -> Plan {
        let rehearsal = CPUBackend.rehearsal(threads: threads)
        let planner = try MemoryPlanner(
            spec: spec, models: try GuidanceModels.load(for: spec, on: rehearsal, at: path),
            pictures: try RenderPictures(of: spec, at: path), on: rehearsal)
        if let memory {
            let budget = MemorySize(bytes: memory)
            let plan = try planner.plan(within: budget).get()
            return Plan(
                strategy: plan.strategy,
                facts: [
                    "memory_budget": "\(budget)", "memory_expected": "\(plan.peak)",
                    "memory_strategy": plan.strategy.description,
                ], note: plan.description)
        }
        let usual = planner.unbounded
        guard let free = AvailableMemory.bytes(), usual.peak.bytes > free else {
            return Plan(strategy: usual.strategy, facts: [:], note: nil)
        }
        let room = MemorySize(bytes: free)
        switch try planner.plan(within: room) {
        case .success(let plan):
            return Plan(
                strategy: plan.strategy, facts: ["memory_strategy": plan.strategy.description],
                note: "\(room) of memory is free: \(plan.description)")
        case .failure(let refusal):
            // Nobody promised anything: the system may find more than it says is free.
            let leanest = try planner.plan(within: refusal.smallest).get()
            return Plan(
                strategy: leanest.strategy, facts: ["memory_strategy": leanest.strategy.description],
                note: "this render may run out of memory: \(refusal)")
        }
    }
}
