import FarmModel

extension ControlFlags {
    /// Acts on a job that people name, and says so.
    func command(_ command: FarmModel.JobCommand, on job: String, saying words: String) async throws {
        let status = try await withFarm { farm in
            let status = try await JobReference(text: job).resolve(on: farm)
            guard case .done = try await farm.ask(.command(command, status.job)) else { throw UnexpectedReply() }
            return status
        }
        let text = "\(status.job) \"\(status.name)\" \(words)"
        print(json ? try JSONText.pretty(DoneEntry(done: words, job: status.job.number)) : text)
    }

    /// Acts on a worker that people name, and says so.
    func command(_ command: FarmModel.WorkerCommand, to worker: String, saying words: String) async throws {
        let worker = try WorkerID.named(worker)
        guard case .workerDone = try await ask(.workerCommand(command, worker)) else { throw UnexpectedReply() }
        print(json ? try JSONText.pretty(DoneEntry(done: words, worker: worker.name)) : "\(worker) \(words)")
    }
}
