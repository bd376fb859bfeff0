internal import FarmModel
internal import OrderedCollections

extension Coordinator {
    /// Restores jobs and gives their open leases one more window.
    mutating func recover(_ stored: [Snapshot.StoredJob], at now: Instant) {
        for storedJob in stored.sorted(by: { $0.id < $1.id }) {
            let job = Job(recovering: storedJob)
            jobs[job.id] = job
            jobByKey[storedJob.key] = job.id
            jobByName[job.spec.name] = job.id
            for task in storedJob.tasks {
                let id = TaskID(job: job.id, index: task.index)
                guard let worker = task.leasedTo, job.memory(of: task.index)?.state == .leased, leases[id] == nil
                else { continue }
                let lease = Lease(attempt: TaskAttempt(task: id, attempt: task.attempt), worker: worker)
                grant(lease, .running, until: now.advanced(byMilliseconds: configuration.leaseWindowMilliseconds))
            }
            enqueue(job.id)
        }
    }
}
