import FarmModel

// Everything that a task reads, before its engine begins.
extension TaskFiles {
    /// A task with the paths of its files: what its settings name, the files of the task before it in a chain, and the
    /// checkpoint that it goes on from.
    ///
    /// What cannot be had fails the attempt: another worker may have more luck, and where the checkpoint itself is the
    /// trouble the coordinator has an older one. What came into the cache stays there until the task's key lets go.
    ///
    /// - Parameters:
    ///   - task: What the engine is told so far.
    ///   - spec: What the coordinator said of it.
    ///   - resume: Where it goes on; nil for its beginning.
    /// - Returns: The task, or why it cannot begin here.
    func gather(_ task: EngineTask, _ spec: TaskSpec, _ resume: Checkpoint?) async -> Result<EngineTask, Failure> {
        var task = task
        do {
            if spec.action == .render { task.files = try await locate(task.settings, for: task.key).get() }
            task.inputs = try await locate(spec.inputs, for: task.key).get()
            if let resume { task.resume = try await locate(resume, for: task.key).get() }
            return .success(task)
        } catch {
            return .failure(error)
        }
    }

    /// Where the files of the task before it in a chain lie, fetched if need be.
    private func locate(_ inputs: [Artifact], for holder: String) async -> Result<[EngineTask.Input], Failure> {
        guard !inputs.isEmpty else { return .success([]) }
        let digests = inputs.map(\.digest)
        cache.pin(digests)
        defer { cache.unpin(digests) }
        for input in inputs {
            let reason: String
            switch await exchange.fetch(input.digest) {
            case .stored: continue
            case .unknown: reason = "the coordinator does not have it any more"
            case .damaged(let what), .failed(let what): reason = what
            }
            return .failure(
                Failure(.infrastructure, "\(input.name) of the task before could not be fetched: \(reason)"))
        }
        do {
            let set = try cache.set(of: inputs.map { .init(name: $0.name, digest: $0.digest) }, for: holder)
            try cache.makeRoom()
            return .success(
                inputs.map { .init(name: $0.name, kind: $0.kind.rawValue, path: "\(set)/\($0.name)") })
        } catch {
            return .failure(Failure(.infrastructure, "the files of the task before cannot be kept here: \(error)"))
        }
    }

    /// Where a checkpoint lies, fetched if need be.
    private func locate(_ checkpoint: Checkpoint, for holder: String) async -> Result<String, Failure> {
        cache.pin([checkpoint.digest])
        defer { cache.unpin([checkpoint.digest]) }
        let what = "the checkpoint after \(checkpoint.iteration) iterations"
        switch await exchange.fetch(checkpoint.digest) {
        case .stored: return .success(cache.resume(from: checkpoint.digest, for: holder))
        case .unknown:
            return .failure(
                Failure(
                    .infrastructure, "\(what) is gone: the coordinator does not have it any more",
                    cause: .checkpointUnreadable))
        case .damaged(let reason):
            return .failure(
                Failure(.infrastructure, "\(what) cannot be read: \(reason)", cause: .checkpointUnreadable))
        // The checkpoint is as good as it was: another worker, or another hour, is what it takes.
        case .failed(let reason):
            return .failure(Failure(.infrastructure, "\(what) could not be fetched: \(reason)"))
        }
    }
}
