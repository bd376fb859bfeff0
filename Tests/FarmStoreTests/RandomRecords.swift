import FarmModel
import OrderedCollections
import Testing

/// Legal sequences of records from a seed: submissions, attempts, verdicts, cancellations and second wishes.
struct RandomRecords {
    private enum Verdict { case open, dropped, given }

    private struct Task {
        var attempts: [(worker: WorkerID, verdict: Verdict)] = []
        var isEnded = false
        var succeeded = false
        var isLeased = false
    }

    private var random: SplitMix64
    private var jobs: [[Task]] = []
    private var cancelled: Set<Int> = []
    private var clock: Int64 = 0

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// The next record.
    mutating func next() throws -> Record {
        clock += Int64.random(in: 0...50, using: &random)
        if jobs.isEmpty || jobs.count < 6 && Int.random(in: 0..<25, using: &random) == 0 { return try submit() }
        // When nearly everything has ended, little is legal: begin something new then.
        for _ in 0..<60 {
            let job = Int.random(in: 0..<jobs.count, using: &random)
            let index = Int.random(in: 0..<jobs[job].count, using: &random)
            let dice = Int.random(in: 0..<120, using: &random)
            let record: Record? =
                switch dice {
                case 0..<40: try start(job, index)
                case 40..<58: try succeed(job, index)
                case 58..<78: try failAttempt(job, index)
                case 78..<85: failTask(job, index)
                case 85..<97: requeue(job, index)
                case 97..<100: cancel(job)
                case 100..<106: giveBack(job, index)
                case 106..<112: try checkpoint(job, index)
                default: try control(job)
                }
            if let record { return record }
        }
        return try submit()
    }

    private mutating func submit() throws -> Record {
        let number = UInt64(jobs.count + 1)
        let tasks = Int.random(in: 1...8, using: &random)
        jobs.append(Array(repeating: Task(), count: tasks))
        return .jobSubmitted(JobID(number), sweep("job-\(number)", tasks: tasks), key: try digest(Int(number)), at: now)
    }

    private mutating func start(_ job: Int, _ index: Int) throws -> Record? {
        guard !cancelled.contains(job), !jobs[job][index].isEnded else { return nil }
        drop(job, index)
        let chosen = try worker("w\(Int.random(in: 1...3, using: &random))")
        // Numbers may be skipped: an attempt given out just before a crash is never seen again.
        for _ in 0..<(Int.random(in: 0..<10, using: &random) == 0 ? 1 : 0) {
            jobs[job][index].attempts.append((chosen, .given))
        }
        jobs[job][index].attempts.append((chosen, .open))
        jobs[job][index].isLeased = true
        return .attemptStarted(lease(job, index, jobs[job][index].attempts.count - 1), at: now)
    }

    private mutating func succeed(_ job: Int, _ index: Int) throws -> Record? {
        guard !jobs[job][index].isEnded, let attempt = chosenAttempt(job, index) else { return nil }
        jobs[job][index].attempts[attempt].verdict = .given
        drop(job, index)
        jobs[job][index].isEnded = true
        jobs[job][index].succeeded = true
        let result = TaskResult(
            artifacts: [
                Artifact(name: "\(index).png", kind: .frame, byteCount: 10, digest: try digest(1_000 + index))
            ], metrics: ["final_loss": 0.5], facts: ["engine": "1"], wallMilliseconds: 5)
        return .taskSucceeded(lease(job, index, attempt), result, at: now)
    }

    private mutating func failAttempt(_ job: Int, _ index: Int) throws -> Record? {
        guard !jobs[job][index].isEnded, let attempt = chosenAttempt(job, index) else { return nil }
        jobs[job][index].attempts[attempt].verdict = .given
        if attempt == jobs[job][index].attempts.count - 1 { jobs[job][index].isLeased = false }
        return .attemptFailed(lease(job, index, attempt), failure(), at: now)
    }

    private mutating func failTask(_ job: Int, _ index: Int) -> Record? {
        guard !jobs[job][index].isEnded else { return nil }
        for attempt in jobs[job][index].attempts.indices where jobs[job][index].attempts[attempt].verdict == .open {
            jobs[job][index].attempts[attempt].verdict = .given
        }
        jobs[job][index].isEnded = true
        jobs[job][index].isLeased = false
        return .taskFailed(id(job, index), failure(), at: now)
    }

    private mutating func requeue(_ job: Int, _ index: Int) -> Record? {
        let task = jobs[job][index]
        guard !task.succeeded, !task.isLeased, task.isEnded || cancelled.contains(job) else { return nil }
        cancelled.remove(job)
        jobs[job][index].isEnded = false
        return .taskRequeued(id(job, index), at: now)
    }

    private mutating func cancel(_ job: Int) -> Record? {
        guard cancelled.insert(job).inserted else { return nil }
        for index in jobs[job].indices where jobs[job][index].isLeased { drop(job, index) }
        return .jobCancelled(JobID(UInt64(job + 1)), at: now)
    }

    private mutating func giveBack(_ job: Int, _ index: Int) -> Record? {
        guard let attempt = jobs[job][index].attempts.indices.last, jobs[job][index].attempts[attempt].verdict == .open
        else { return nil }
        jobs[job][index].attempts[attempt].verdict = .dropped
        jobs[job][index].isLeased = false
        return .attemptReturned(lease(job, index, attempt), reason: "drained", at: now)
    }

    private mutating func checkpoint(_ job: Int, _ index: Int) throws -> Record? {
        guard !jobs[job][index].isEnded, let attempt = jobs[job][index].attempts.indices.last else { return nil }
        let iteration = UInt32.random(in: 1...9, using: &random)
        let checkpoint = Checkpoint(iteration: iteration, digest: try digest(Int(iteration)), byteCount: 7)
        if Int.random(in: 0..<4, using: &random) == 0 {
            return .checkpointLost(id(job, index), checkpoint.digest, at: now)
        }
        return .checkpointStored(lease(job, index, attempt), checkpoint, at: now)
    }

    private mutating func control(_ job: Int) throws -> Record? {
        let id = JobID(UInt64(job + 1))
        let chosen = try worker("w\(Int.random(in: 1...3, using: &random))")
        switch Int.random(in: 0..<9, using: &random) {
        case 0: return .jobPaused(id, at: now)
        case 1: return .jobResumed(id, at: now)
        case 2: return .jobPriority(id, Int32.random(in: -5...5, using: &random), at: now)
        case 3: return .workerBlocked(chosen, id, at: now)
        case 4: return .workerForgiven(chosen, Bool.random(using: &random) ? id : nil, at: now)
        case 5: return .workerDrained(chosen, DrainMode.allCases.randomElement(using: &random) ?? .eventual, at: now)
        case 6: return .workerResumed(chosen, at: now)
        default:
            guard Int.random(in: 0..<8, using: &random) == 0, cancel(job) != nil else { return nil }
            return .jobFailed(id, reason: "too many failed", at: now)
        }
    }

    private mutating func drop(_ job: Int, _ index: Int) {
        for attempt in jobs[job][index].attempts.indices where jobs[job][index].attempts[attempt].verdict == .open {
            jobs[job][index].attempts[attempt].verdict = .dropped
        }
        jobs[job][index].isLeased = false
    }

    private mutating func chosenAttempt(_ job: Int, _ index: Int) -> Int? {
        jobs[job][index].attempts.indices.filter { jobs[job][index].attempts[$0].verdict != .given }
            .randomElement(using: &random)
    }

    private mutating func failure() -> Failure {
        Failure(
            Failure.Class.allCases.randomElement(using: &random) ?? .task, "loss is not a number at step \(clock)",
            cause: [nil, .hung, .crashed(signal: 11)].randomElement(using: &random) ?? nil)
    }

    private func id(_ job: Int, _ index: Int) -> TaskID { TaskID(job: JobID(UInt64(job + 1)), index: UInt32(index)) }

    private func lease(_ job: Int, _ index: Int, _ attempt: Int) -> Lease {
        Lease(
            attempt: TaskAttempt(task: id(job, index), attempt: UInt32(attempt + 1)),
            worker: jobs[job][index].attempts[attempt].worker)
    }

    private var now: WallTime { WallTime(milliseconds: clock) }
}
