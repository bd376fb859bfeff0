import FarmCoordinator
import FarmModel

/// Watches what the coordinator lets out, against what is committed; knows nothing of how it decides.
struct Checker {
    private(set) var violations: [String] = []
    private var publications: [TaskAttempt: Int] = [:]

    mutating func require(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { violations.append(text()) }
    }

    /// A message leaves: what it says must be durable already.
    mutating func sent(_ message: CoordinatorMessage, specs: [JobID: JobSpec], _ store: MemoryStore) {
        switch message {
        case .resultOK(let attempt, .recorded):
            require(store.endedAttempts.contains(attempt), "\(attempt) was acknowledged before it was committed")
        case .resultOK(let attempt, .duplicate):
            require(
                store.endedAttempts.contains(attempt) || store.everCancelled.contains(attempt.task.job),
                "\(attempt) was called a duplicate but was never committed")
        case .offer(let attempt, _, _, _):
            let task = store.task(attempt.task)
            require(task?.attempt == attempt.attempt, "\(attempt) was offered before its number was committed")
            guard let spec = specs[attempt.task.job], let (step, _) = spec.locate(attempt.task.index) else {
                return require(false, "\(attempt) is of no job")
            }
            for name in spec.steps[step].dependsOn {
                require(
                    Checker.isComplete(name, of: attempt.task.job, spec, store),
                    "\(attempt) was offered before \(name) was done")
            }
        case .welcome, .refuse, .reconcile, .pong, .revoke, .checkpointOK, .resultOK, .needBlobs, .drain, .bye: break
        }
    }

    /// Files are published: only of the recorded attempt.
    mutating func published(_ attempt: TaskAttempt, _ store: MemoryStore) {
        publications[attempt, default: 0] += 1
        require(publications[attempt] == 1, "\(attempt) was published twice")
        require(
            store.task(attempt.task)?.outcome == .succeeded(attempt: attempt.attempt),
            "\(attempt) was published but not recorded")
    }

    private static func isComplete(_ step: String, of job: JobID, _ spec: JobSpec, _ store: MemoryStore) -> Bool {
        var first: UInt32 = 0
        for candidate in spec.steps {
            let count = UInt32(candidate.space.count)
            if candidate.name == step {
                return (first..<first + count).allSatisfy { index in
                    if case .succeeded? = store.task(TaskID(job: job, index: index))?.outcome { true } else { false }
                }
            }
            first += count
        }
        return false
    }
}
