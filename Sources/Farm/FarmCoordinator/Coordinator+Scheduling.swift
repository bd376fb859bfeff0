internal import DequeModule
internal import FarmModel
internal import HeapModule
internal import OrderedCollections

// Scheduling: the most urgent ready task goes to the worker whose turn it is.
extension Coordinator {
    /// A job in the queue: larger priority first, then the older job.
    struct QueuedJob: Comparable {
        let priority: Int32
        let id: JobID

        static func < (a: QueuedJob, b: QueuedJob) -> Bool {
            a.priority == b.priority ? a.id < b.id : a.priority > b.priority
        }
    }

    /// READY: an absolute count, so that a lost or repeated one does no harm.
    mutating func ready(_ worker: WorkerID, free: UInt32) {
        guard let session = session(of: worker), case .active = session.phase else { return }
        workers[worker]?.session?.free = min(free, session.hello.slots, UInt32(Limits.slots))
        joinRotation(worker)
    }

    /// Offers a worker may be sent now: its free slots less the offers it has not answered.
    func credit(of worker: WorkerID) -> UInt32 {
        guard let known = workers[worker], let session = known.session, session.leaving == nil, drains[worker] == nil
        else { return 0 }
        let free = session.free
        let unanswered = known.held.count { leases[$0]?.phase == .offered }
        return free - min(free, UInt32(unanswered))
    }

    /// Gives a worker with credit a turn, unless it waits for one.
    mutating func joinRotation(_ worker: WorkerID) {
        guard let session = session(of: worker), !session.isInRotation, credit(of: worker) > 0 else { return }
        workers[worker]?.session?.isInRotation = true
        rotation.append(session.id)
    }

    /// Puts a job into the queue if it has a ready task.
    mutating func enqueue(_ id: JobID) {
        guard jobs[id]?.isQueued == false, jobs[id]?.nextReady() != nil else { return }
        jobs[id]?.isQueued = true
        jobQueue.insert(QueuedJob(priority: jobs[id]?.priority ?? 0, id: id))
    }

    /// Offers ready tasks as long as there are both tasks and credit.
    mutating func schedule(_ turn: inout Turn) {
        while let (job, index) = nextTask(), let worker = nextWorker() {
            offer(job, index, to: worker, &turn)
        }
    }

    /// The most urgent ready task; jobs without one leave the queue.
    private mutating func nextTask() -> (JobID, UInt32)? {
        while let first = jobQueue.min {
            if let index = jobs[first.id]?.nextReady() { return (first.id, index) }
            jobQueue.removeMin()
            jobs[first.id]?.isQueued = false
        }
        return nil
    }

    /// The worker whose turn it is; workers without credit leave the rotation.
    private mutating func nextWorker() -> WorkerID? {
        while let first = rotation.first {
            if let worker = workerBySession[first] {
                if credit(of: worker) > 0 { return worker }
                workers[worker]?.session?.isInRotation = false
            }
            rotation.removeFirst()
        }
        return nil
    }

    /// Gives out the next attempt of a task; its number is durable before the offer leaves.
    private mutating func offer(_ job: JobID, _ index: UInt32, to worker: WorkerID, _ turn: inout Turn) {
        guard let session = session(of: worker), let spec = jobs[job]?.spec.task(at: index),
            let attempt = jobs[job]?.lease(index)
        else { preconditionFailure("task \(index) of \(job) cannot be offered to \(worker)") }
        let lease = Lease(attempt: attempt, worker: worker)
        grant(lease, .offered, until: turn.now.advanced(byMilliseconds: configuration.offerAnswerMilliseconds))
        turn.record(.attemptStarted(lease, at: turn.wall))
        let milliseconds = UInt32(configuration.leaseMilliseconds)
        let resume = jobs[job]?.checkpoints[index]?.first
        turn.send(.offer(attempt, spec, leaseMilliseconds: milliseconds, resume: resume), to: session)
        rotation.append(rotation.removeFirst())
    }
}
