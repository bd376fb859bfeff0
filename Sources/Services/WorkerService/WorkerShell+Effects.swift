import FarmModel
import FarmStore
import FarmTransport
import FarmWorker
import Logging

// What the machine wants done.
extension WorkerShell {
    /// Performs one effect; `.exit` is the loop's.
    func perform(_ effect: WorkerMachine.Effect) async {
        switch effect {
        case .connect:
            await control.connect()
        case .disconnect:
            await tellTransfers { await $0.close() }
            await control.close()
        case .send(let message, let session):
            await control.send(message, session: session)
        case .startTask(let attempt, let spec, let resume):
            gather(attempt, spec, resume)
        case .stopTask(let attempt, _):
            if let slot = occupied[attempt] { await slots[slot].stop(attempt) } else { await abandon(attempt) }
        case .killTask(let attempt, _):
            if let slot = occupied[attempt] { await slots[slot].kill(attempt) } else { await abandon(attempt) }
        case .suspendTask(let attempt):
            if let slot = occupied[attempt] { return await slots[slot].suspend(attempt) }
            if await abandon(attempt) { mailbox.append(.machine(.engineStopped(attempt))) }
        case .persistOutbox(let entry):
            persist(entry)
        case .sendBlobs(let attempt, let artifacts):
            let folder = outbox.path(of: attempt)
            let files = artifacts.map { artifact in
                BlobExchange.File(
                    digest: artifact.digest, byteCount: artifact.byteCount, path: "\(folder)/\(artifact.name)")
            }
            await upload(files, resultOf: attempt)
        case .forgetOutbox(let attempt):
            await tellTransfers { await $0.forget(.result(attempt)) }
            discard(attempt)
        case .sendCheckpoint(let attempt, let checkpoint):
            let file = BlobExchange.File(
                digest: checkpoint.digest, byteCount: checkpoint.byteCount, path: scratch.path(of: checkpoint, attempt))
            await tellTransfers { await $0.upload([file], of: .checkpoint(attempt, checkpoint.iteration)) }
        case .forgetCheckpoint(let attempt, let checkpoint):
            await tellTransfers { await $0.forget(.checkpoint(attempt, checkpoint.iteration)) }
            let scratch = scratch
            disk.run { scratch.remove(checkpoint, attempt) }
        case .checkStorage:
            let (scratch, mailbox) = (scratch, mailbox)
            disk.run { mailbox.append(.machine(.storageChecked(error: scratch.check()))) }
        case .wake(let instant):
            timer.wake(at: instant)
        case .exit:
            preconditionFailure("the loop ends with it")
        }
    }

    /// Makes an entry durable, and says so; a disk that does not take it is said, too.
    private func persist(_ entry: OutboxEntry) {
        let (outbox, mailbox, logger) = (outbox, mailbox, logger)
        disk.run {
            do {
                try outbox.add(entry)
            } catch {
                // The entry lives on in memory; only a restart before its delivery would lose it, and then the task is
                // executed again.
                logger.error("outbox cannot be written", metadata: ["error": "\(error)"])
                mailbox.append(.machine(.storageFailed(nil, reason: "\(error)")))
            }
            mailbox.append(.machine(.outboxKept(entry.attempt)))
        }
    }
}
