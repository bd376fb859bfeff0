internal import FarmModel
internal import OrderedCollections

// Results: reported at least once, recorded exactly once.
extension Coordinator {
    /// How an attempt stands when somebody speaks of it.
    enum Standing {
        /// The worker that speaks has its lease.
        case current(ActiveLease)
        /// It was given out and has ended, but its task is still open: its result would be welcome.
        ///
        /// Who had it is not remembered: workers are trusted with the tasks of the farm, and the record names whoever
        /// delivered.
        case past
        /// The task has a result, of this attempt.
        case succeeded(attempt: UInt32)
        /// The task failed for good.
        case failed(latest: UInt32)
        /// The task is not wanted.
        case cancelled
        /// It was never given out, or is with another worker.
        case unknown
    }

    /// How an attempt stands.
    func standing(of attempt: TaskAttempt, reportedBy worker: WorkerID) -> Standing {
        guard let memory = jobs[attempt.task.job]?.memory(of: attempt.task.index), attempt.attempt > 0,
            attempt.attempt <= memory.attempt
        else { return .unknown }
        switch memory.state {
        case .ready, .resting: return .past
        case .leased:
            guard let lease = leases[attempt.task] else { return .past }
            if sabotage == .forgetsFence { return .current(lease) }
            guard lease.lease.attempt == attempt else { return .past }
            return lease.lease.worker == worker ? .current(lease) : .unknown
        case .succeeded(let winner): return .succeeded(attempt: winner)
        case .failed: return .failed(latest: memory.attempt)
        case .cancelled: return .cancelled
        }
    }

    /// RESULT of a finished attempt; MUST be called for every report, also late and repeated ones.
    ///
    /// The first complete result of any attempt of an open task is recorded: an attempt whose lease lapsed did the same
    /// work, and the newer one is told to stop.
    mutating func succeeded(
        _ attempt: TaskAttempt, _ result: TaskResult, missing: [Digest], by worker: WorkerID,
        _ turn: inout Turn
    ) {
        guard let session = session(of: worker) else { return }
        let current: ActiveLease?
        switch standing(of: attempt, reportedBy: worker) {
        case .unknown, .cancelled, .failed:
            return turn.send(.resultOK(attempt, .notWanted), to: session)
        case .succeeded(let winner):
            // Our answer was lost, or another attempt was first. Either way the worker may drop its copy.
            let disposition: Disposition = winner == attempt.attempt ? .duplicate : .superseded
            return turn.send(.resultOK(attempt, disposition), to: session)
        case .current(let lease): current = lease
        case .past: current = nil
        }
        if let failure = result.complaint.map({ Failure(.badOutput, $0) })
            ?? tooFast(attempt.task, result)
        {
            turn.send(.resultOK(attempt, .rejected), to: session)
            if isOvertaken(attempt, of: worker) { overtaken[attempt.task] = nil }
            if let current { fail(current, failure, &turn) }
        } else if !missing.isEmpty {
            // The lease stays: the worker lists the attempt until this is settled.
            turn.send(.needBlobs(attempt, missing), to: session)
        } else {
            recordSuccess(Lease(attempt: attempt, worker: worker), result, session, &turn)
        }
    }

    /// RESULT of a failed attempt; MUST be called for every report, also late and repeated ones.
    mutating func failed(
        _ attempt: TaskAttempt, _ failure: Failure, by worker: WorkerID, _ turn: inout Turn
    ) {
        guard let session = session(of: worker) else { return }
        let disposition: Disposition
        switch standing(of: attempt, reportedBy: worker) {
        case .current(let lease):
            // What the coordinator keeps badly is not its workers' misfortune.
            if failure.failureClass == .infrastructure, failure.cause != .checkpointUnreadable {
                misfortune(of: worker, at: turn.now)
            }
            fail(lease, failure, &turn)
            disposition = .recorded
        case .past:
            if isOvertaken(attempt, of: worker) { overtaken[attempt.task] = nil }
            let latest = jobs[attempt.task.job]?.memory(of: attempt.task.index)?.attempt
            disposition = latest == attempt.attempt ? .duplicate : .superseded
        case .failed(let latest): disposition = latest == attempt.attempt ? .duplicate : .superseded
        case .succeeded: disposition = .superseded
        case .cancelled, .unknown: disposition = .notWanted
        }
        turn.send(.resultOK(attempt, disposition), to: session)
    }

    private mutating func recordSuccess(
        _ lease: Lease, _ result: TaskResult, _ session: Session, _ turn: inout Turn
    ) {
        let task = lease.attempt.task
        if let holder = leases[task] {
            remove(holder, wasVoid: false)
            if holder.lease.attempt != lease.attempt {
                revoke(holder.lease.attempt, from: holder.lease.worker, .superseded, &turn)
            }
        }
        if overtaken[task] == lease { overtaken[task] = nil }
        stopOvertaken(task, .superseded, &turn)
        // A late result of a task that was ready again: its step may have nothing left but what takes long.
        if !stragglers.isEmpty { isWorkNew = true }
        turn.record(.taskSucceeded(lease, result, at: turn.wall))
        let step = jobs[task.job]?.locate(task.index)?.step
        let expected = step.flatMap { jobs[task.job]?.steps[$0].durations.mean }
        jobs[task.job]?.succeed(lease.attempt, result)
        // Tasks that take less than was known may fit a node that does not live long.
        if let step, let mean = jobs[task.job]?.steps[step].durations.mean, mean < expected ?? .max { isWorkNew = true }
        blockList.clear(lease.worker, task.job)
        workers[lease.worker]?.session?.misfortunes = 0
        continueChain(task, on: lease.worker, at: turn.now)
        enqueueFollowers(of: task)
        turn.add(.publish(lease.attempt))
        turn.send(.resultOK(lease.attempt, .recorded), to: session)
        turn.notify(.taskSucceeded(lease, result))
        endIfDone(task.job, &turn)
    }
}

extension Coordinator {
    /// A result that came sooner than its step thinks possible is not believed.
    private func tooFast(_ task: TaskID, _ result: TaskResult) -> Failure? {
        guard let (step, _) = jobs[task.job]?.locate(task.index),
            let least = jobs[task.job]?.spec.steps[step].minimumMilliseconds,
            result.wallMilliseconds < least
        else { return nil }
        return Failure(
            .badOutput,
            "it ended well after \(result.wallMilliseconds) ms; nothing under \(least) ms is believed",
            cause: .tooFast)
    }

    /// After a success: the next of its chain, and steps that waited for this one.
    private mutating func enqueueFollowers(of task: TaskID) {
        guard let (step, _) = jobs[task.job]?.locate(task.index),
            let known = jobs[task.job]?.steps[step]
        else { return }
        if known.isComplete { enqueue(task.job) } else if known.isChain { enqueueStep(of: task) }
    }
}

extension TaskResult {
    /// What is wrong with a report, in one line; nil if it may be recorded.
    var complaint: String? {
        guard artifacts.count <= Limits.artifacts else {
            return "\(artifacts.count) files in one result; \(Limits.artifacts) are allowed"
        }
        guard metrics.count <= Limits.summaryEntries, facts.count <= Limits.summaryEntries else {
            return
                "\(metrics.count) numbers and \(facts.count) facts; \(Limits.summaryEntries) of each are allowed"
        }
        var names: Set<String> = []
        for artifact in artifacts {
            guard JobSpec.isFileName(artifact.name), artifact.name.utf8.count <= Limits.nameBytes else {
                return "\"\(artifact.name)\" is no name for a file"
            }
            guard names.insert(artifact.name).inserted else {
                return "two files are named \"\(artifact.name)\""
            }
            guard (0...Limits.blobBytes).contains(artifact.byteCount) else {
                return
                    "\"\(artifact.name)\" has \(artifact.byteCount) octets; \(Limits.blobBytes) are allowed"
            }
        }
        return nil
    }
}
