internal import FarmModel
internal import OrderedCollections

extension Coordinator {
    /// Restores what was committed; open leases get one more window.
    ///
    /// Clocks of two runs are not comparable, so a block counts anew from this start.
    mutating func recover(_ snapshot: Snapshot, at now: Instant) {
        for storedJob in snapshot.jobs.sorted(by: { $0.id < $1.id }) {
            let job = Job(recovering: storedJob)
            jobs[job.id] = job
            jobByKey[storedJob.key] = job.id
            jobByName[job.spec.name] = job.id
            for task in storedJob.tasks { recover(task, of: job, at: now) }
            enqueue(job.id)
        }
        for drain in snapshot.drains { drains[drain.worker] = Drain(mode: drain.mode, told: nil) }
        for block in snapshot.blocks where jobs[block.job] != nil {
            let until = now.advanced(byMilliseconds: configuration.forgiveMilliseconds)
            blockList.block(block.worker, from: block.job, until: until)
            timers.set(.forgiveness(block.worker, block.job), at: until)
        }
    }

    private mutating func recover(_ task: Snapshot.StoredTask, of job: Job, at now: Instant) {
        let id = TaskID(job: job.id, index: task.index)
        guard let worker = task.leasedTo, job.memory(of: task.index)?.state == .leased,
            leases[id] == nil
        else { return }
        let lease = Lease(attempt: TaskAttempt(task: id, attempt: task.attempt), worker: worker)
        let until = now.advanced(byMilliseconds: configuration.leaseWindowMilliseconds)
        // Whether it was told to come back is not known: it is told with its next ping.
        grant(
            lease, job.isPaused ? .stopping : .running, until: until, at: now,
            resume: job.checkpoints[task.index]?.first)
        if !job.isPaused { watchForStraggler(lease.attempt, at: now) }
    }
}
