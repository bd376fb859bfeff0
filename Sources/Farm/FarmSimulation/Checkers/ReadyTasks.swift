internal import FarmModel
internal import OrderedCollections

/// Tasks that nothing keeps from being offered to a worker, as the records tell; in the order of jobs and steps.
///
/// It leaves out what may rest, and what has failed on that worker: of that only a coordinator knows.
struct ReadyTasks: Sequence, IteratorProtocol {
    private let ledger: Ledger
    private let worker: WorkerID
    private let host: Capabilities
    private let slots: UInt32
    private let now: Instant
    private var job = 0
    private var step = 0
    private var offset: UInt32 = 0

    init(of ledger: Ledger, for worker: WorkerID, _ host: Capabilities, slots: UInt32, at now: Instant) {
        self.ledger = ledger
        self.worker = worker
        self.host = host
        self.slots = slots
        self.now = now
        if ledger.drains[worker] != nil { job = ledger.jobs.count }
    }

    /// The first of them.
    var first: TaskID? {
        var copy = self
        return copy.next()
    }

    mutating func next() -> TaskID? {
        while job < ledger.jobs.count {
            let (id, stored) = ledger.jobs.elements[job]
            guard isOpen(id, stored), step < stored.steps.count else {
                (job, step, offset) = (job + 1, 0, 0)
                continue
            }
            guard isOpen(step, of: stored), offset < stored.steps[step].count else {
                (step, offset) = (step + 1, 0)
                continue
            }
            let index = stored.steps[step].first + offset
            offset += 1
            if isReady(index, of: stored) { return TaskID(job: id, index: index) }
        }
        return nil
    }

    private func isOpen(_ id: JobID, _ job: StoredJob) -> Bool {
        !job.isCancelled && !job.isPaused && ledger.blocks[worker]?[id] == nil
    }

    private func isOpen(_ place: Int, of job: StoredJob) -> Bool {
        !job.steps[place].isComplete && job.isOpen(place)
            && Fitness.meets(job.spec.steps[place].requirements, host, slots: slots)
    }

    private func isReady(_ index: UInt32, of job: StoredJob) -> Bool {
        guard job.isNext(index, in: step) else { return false }
        guard let task = job.tasks[index] else { return true }
        // It rests for a while after a failure, and where it has failed others come first.
        let hasRested = now.millisecondsSince(task.touched) > SimulationLimits.restMilliseconds
        return task.outcome == .open && task.leasedTo == nil && hasRested && !task.failedOn.contains(worker)
    }
}
