import FarmModel
import FarmStore
import FarmTransport
import FarmWorker
import Foundation
import Logging

// What the machine wants done.
extension WorkerShell {
    /// Performs one effect; true means the worker is done.
    func perform(_ effect: WorkerMachine.Effect) async -> Bool {
        switch effect {
        case .connect:
            await control.connect()
        case .disconnect:
            await blobs.close()
            await control.close()
        case .send(let message, let session):
            await control.send(message, session: session)
        case .startTask(let attempt, let spec, let resume):
            await start(attempt, spec, resume)
        case .stopTask(let attempt, _):
            if locating.contains(attempt) { return abandon(attempt) }
            if let slot = occupied[attempt] { await slots[slot].stop(attempt) }
        case .killTask(let attempt, _):
            if locating.contains(attempt) { return abandon(attempt) }
            if let slot = occupied[attempt] { await slots[slot].kill(attempt) }
        case .suspendTask(let attempt):
            if locating.contains(attempt) {
                mailbox.offer(.machine(.engineStopped(attempt)))
                return abandon(attempt)
            }
            if let slot = occupied[attempt] { await slots[slot].suspend(attempt) }
        case .persistOutbox(let entry):
            persist(entry)
        case .sendBlobs(let attempt, let artifacts):
            let folder = outbox.path(of: attempt)
            let files = artifacts.map { artifact in
                BlobExchange.File(
                    digest: artifact.digest, byteCount: artifact.byteCount, path: "\(folder)/\(artifact.name)")
            }
            await blobs.upload(files, of: .result(attempt))
        case .forgetOutbox(let attempt):
            await blobs.forget(.result(attempt))
            discard(attempt)
        case .sendCheckpoint(let attempt, let checkpoint):
            let file = BlobExchange.File(
                digest: checkpoint.digest, byteCount: checkpoint.byteCount, path: scratch.path(of: checkpoint, attempt))
            await blobs.upload([file], of: .checkpoint(attempt, checkpoint.iteration))
        case .forgetCheckpoint(let attempt, let checkpoint):
            await blobs.forget(.checkpoint(attempt, checkpoint.iteration))
            scratch.remove(checkpoint, attempt)
        case .checkStorage:
            let (scratch, mailbox) = (scratch, mailbox)
            Thread.detachNewThread { mailbox.offer(.machine(.storageChecked(error: scratch.check()))) }
        case .wake(let instant):
            timer.wake(at: instant)
        case .exit(let reason):
            logger.info("leaving", metadata: ["reason": "\(reason)"])
            return true
        }
        return false
    }

    /// Drops an attempt whose engine does not know of it yet.
    private func abandon(_ attempt: TaskAttempt) -> Bool {
        locating.remove(attempt)
        release(attempt)
        return false
    }

    private func start(_ attempt: TaskAttempt, _ spec: TaskSpec, _ resume: Checkpoint?) async {
        let taken = Set(occupied.values)
        guard let free = slots.indices.first(where: { !taken.contains($0) }) else {
            mailbox.offer(.engine(.failed(attempt, Failure(.busy, "no engine slot is free"))))
            return
        }
        do {
            // A folder without an entry is a leftover to the outbox: what an engine wrote before a crash is deleted.
            let folder = try outbox.prepare(attempt)
            let checkpoints = EngineTask.Checkpoints(
                folder: try scratch.prepare(attempt),
                everyMilliseconds: spec.checkpointMilliseconds.map { Int($0) } ?? checkpointMilliseconds)
            occupied[attempt] = free
            let task = EngineTask(
                key: attempt.description, action: spec.action.rawValue, label: spec.label,
                settings: spec.settings.canonicalJSON, folder: folder, checkpoints: checkpoints)
            locating.insert(attempt)
            gather(attempt, task, spec, resume)
        } catch {
            discard(attempt)
            mailbox.offer(.machine(.storageFailed(attempt, reason: "no folder for the outputs: \(error)")))
        }
    }

    /// Looks for the files of a task, which may take as long as a model takes to be sent.
    private func gather(_ attempt: TaskAttempt, _ task: EngineTask, _ spec: TaskSpec, _ resume: Checkpoint?) {
        let (files, mailbox) = (files, mailbox)
        let stall = spec.stallMilliseconds.map { Duration.milliseconds($0) }
        Task { mailbox.offer(.located(attempt, await files.gather(task, spec, resume), stall: stall)) }
    }

    /// Starts the engine on an attempt whose files are here, unless it was stopped meanwhile.
    func launch(_ attempt: TaskAttempt, _ located: Result<EngineTask, Failure>, stall: Duration?) async {
        guard locating.remove(attempt) != nil, let slot = occupied[attempt] else {
            return files.letGo(attempt.description)
        }
        switch located {
        case .success(let task):
            logger.info(
                "task started",
                metadata: ["attempt": "\(attempt)", "label": "\(task.label)", "resumed": "\(task.resume != nil)"])
            mailbox.offer(.machine(.engineStarted(attempt)))
            await slots[slot].start(attempt, task, stall: stall)
        case .failure(let failure):
            mailbox.offer(.engine(.failed(attempt, failure)))
        }
    }

    private func persist(_ entry: OutboxEntry) {
        do {
            try outbox.add(entry)
        } catch {
            // The entry lives on in memory; only a restart before its delivery would lose it, and then the task is
            // executed again.
            logger.error("outbox cannot be written", metadata: ["error": "\(error)"])
            mailbox.offer(.machine(.storageFailed(nil, reason: "\(error)")))
        }
    }
}
