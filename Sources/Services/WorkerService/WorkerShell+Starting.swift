import FarmModel
import FarmStore
import FarmTransport
import FarmWorker
import Logging

// From an attempt to its engine: folders, files, a slot.
extension WorkerShell {
    /// Makes the folders of an attempt and looks for its files, which may take as long as a model takes to be sent.
    func gather(_ attempt: TaskAttempt, _ spec: TaskSpec, _ resume: Checkpoint?) {
        gathering.insert(attempt)
        let (outbox, scratch, mailbox) = (outbox, scratch, mailbox)
        let (files, checkpointMilliseconds) = (files, checkpointMilliseconds)
        disk.run {
            let task: EngineTask
            do {
                // A folder without an entry is a leftover to the outbox: what an engine wrote before a crash is deleted.
                task = EngineTask(
                    key: attempt.description, action: spec.action.rawValue, label: spec.label,
                    settings: spec.settings.canonicalJSON, folder: try outbox.prepare(attempt),
                    checkpoints: .init(
                        folder: try scratch.prepare(attempt),
                        everyMilliseconds: spec.checkpointMilliseconds.map { Int($0) } ?? checkpointMilliseconds))
            } catch {
                return mailbox.append(.gathered(attempt, .noFolder("no folder for the outputs: \(error)")))
            }
            Task {
                switch await files.gather(task, spec, resume) {
                case .success(let task):
                    let stall = spec.stallMilliseconds.map { Duration.milliseconds($0) }
                    mailbox.append(.gathered(attempt, .ready(task, stall: stall)))
                case .failure(let failure): mailbox.append(.gathered(attempt, .failed(failure)))
                }
            }
        }
    }

    /// An attempt has what it needs, or cannot have it; nothing happens if it was stopped meanwhile.
    func launch(_ attempt: TaskAttempt, _ gathered: Gathered) async -> WorkerMachine.Event? {
        guard gathering.remove(attempt) != nil else {
            letGo(attempt)
            return nil
        }
        switch gathered {
        case .ready(let task, let stall):
            waiting.append((attempt, task, stall))
            await startWaiting()
            return nil
        case .failed(let failure):
            await release(attempt)
            return .engineFailed(attempt, failure)
        case .noFolder(let reason):
            await release(attempt)
            return .storageFailed(attempt, reason: reason)
        }
    }

    /// Gives the free slots to those who have waited longest.
    func startWaiting() async {
        while let next = waiting.first {
            let taken = Set(occupied.values)
            guard let slot = slots.indices.first(where: { !taken.contains($0) }) else { return }
            waiting.removeFirst()
            occupied[next.attempt] = slot
            logger.info(
                "task started",
                metadata: [
                    "attempt": "\(next.attempt)", "label": "\(next.task.label)",
                    "resumed": "\(next.task.resume != nil)",
                ])
            mailbox.append(.machine(.engineStarted(next.attempt)))
            await slots[slot].start(next.attempt, next.task, stall: next.stall)
        }
    }

    /// Drops an attempt whose engine does not know of it; whether there was one.
    @discardableResult
    func abandon(_ attempt: TaskAttempt) async -> Bool {
        let isWaiting = waiting.contains { $0.attempt == attempt }
        guard gathering.remove(attempt) != nil || isWaiting else { return false }
        waiting.removeAll { $0.attempt == attempt }
        await release(attempt)
        return true
    }
}
