import FarmModel
import FarmTransport
import FarmWorker

// What is said to the transfers: their thread waits for the disk, and the shell must not wait with it.
extension WorkerShell {
    /// Says something to the transfers, and waits a moment for them to take it in.
    ///
    /// What a disk that hangs keeps them from taking in is taken in when it answers again.
    func tellTransfers(_ saying: @escaping @Sendable (BlobExchange) async -> Void) async {
        let blobs = blobs
        _ = await Deadline.wait(Limits.transferPause) { await saying(blobs) }
    }

    /// The same of the files of a result, which are given up when they are not even looked at for too long.
    ///
    /// Otherwise the attempt would stay here for as long as the disk hangs: it has ended, and its lease is renewed.
    func upload(_ files: [BlobExchange.File], resultOf attempt: TaskAttempt) async {
        let (blobs, mailbox, patience) = (blobs, mailbox, diskPatience)
        let upload = Task { await blobs.upload(files, of: .result(attempt)) }
        guard await !Deadline.wait(Limits.transferPause, for: { await upload.value }) else { return }
        Task {
            guard await !Deadline.wait(patience, for: { await upload.value }) else { return }
            let reason = "its files were not read within \(patience)"
            mailbox.append(.machine(.storageFailed(nil, reason: reason)))
            mailbox.append(.machine(.outputLost(attempt, reason: reason)))
        }
    }
}
