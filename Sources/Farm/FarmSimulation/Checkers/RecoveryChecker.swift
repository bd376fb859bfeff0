internal import FarmCoordinator
internal import FarmModel
internal import OrderedCollections

/// A coordinator made from the records is the one that wrote them.
enum RecoveryChecker {
    /// How the two differ; nil if they do not.
    static func difference(
        _ running: Coordinator, _ ledger: Ledger, _ configuration: Coordinator.Configuration, at now: Instant
    ) -> String? {
        let rebuilt = Coordinator(configuration: configuration, recovering: ledger.snapshot, at: now)
        do { try rebuilt.proveInvariants() } catch { return "rebuilt from the records: \(error)" }
        let (told, kept) = (rebuilt.status(of: nil), running.status(of: nil))
        if let (record, memory) = zip(told, kept).first(where: { $0 != $1 }) {
            return "the records say \(record), the memory \(memory)"
        }
        guard told.count == kept.count else { return "the records say \(told.count) jobs, the memory \(kept.count)" }
        for job in ledger.jobs.keys {
            let (told, kept) = (tasks(of: job, rebuilt, at: now), tasks(of: job, running, at: now))
            if let (record, memory) = zip(told, kept).first(where: { $0 != $1 }) {
                return "the records say \(record) of \(job), the memory \(memory)"
            }
            guard told.count == kept.count else { return "\(job) has \(told.count) or \(kept.count) tasks" }
        }
        let (rememberedTold, rememberedKept) = (rebuilt.remembered, running.remembered)
        guard rememberedTold != rememberedKept else { return nil }
        let (record, memory) = (Set(rememberedTold), Set(rememberedKept))
        if let extra = rememberedTold.first(where: { !memory.contains($0) }) {
            return "the records say \(extra), the memory does not"
        }
        if let extra = rememberedKept.first(where: { !record.contains($0) }) {
            return "the memory says \(extra), the records do not"
        }
        return nil
    }

    /// How the tasks of a job stand, as a client would be told; without what need not survive.
    private static func tasks(of job: JobID, _ coordinator: Coordinator, at now: Instant) -> [TaskStatus] {
        var coordinator = coordinator
        let question = ClientMessage.query(.tasks(job, .all, TaskPageRequest()))
        let effects = coordinator.handle(
            .clientSaid(question, route: Route([])), at: now, wall: WallTime(milliseconds: now.milliseconds))
        for case .reply(.tasks(let page), _) in effects {
            return page.tasks.map { task in
                var task = task
                switch task.state {
                case .offered: task.state = .running
                case .resting: task.state = .ready
                case .blocked, .ready, .running, .succeeded, .failed, .cancelled: break
                }
                // How far a running attempt has come is known from its last word only.
                task.iteration = 0
                return task
            }
        }
        return []
    }
}
