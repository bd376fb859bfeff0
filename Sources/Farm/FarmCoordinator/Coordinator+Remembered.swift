package import FarmModel
internal import OrderedCollections

extension Coordinator {
    /// Something that has to survive a restart although no query tells of it.
    package enum Remembered: Hashable, Sendable {
        /// A worker is given nothing of a job.
        case block(WorkerID, JobID)
        /// A worker is given nothing at all.
        case drain(WorkerID, DrainMode)
        /// Where a task can go on, the newest first.
        case checkpoints(TaskID, [Checkpoint])
        /// Workers on which a task has failed, by name.
        case blame(TaskID, [WorkerID])
        /// How often a task has failed, by class.
        case failures(TaskID, [Failure.Class: UInt32], crashes: UInt32)
        /// What the next task of a chain is given.
        case files(JobID, step: Int, [Artifact])
    }

    /// All of that, in the order of jobs and tasks; looks at every task.
    package var remembered: [Remembered] {
        var found: [Remembered] = []
        for (worker, blocked) in blockList.blocks.sorted(by: { $0.key < $1.key }) {
            found += blocked.keys.sorted().map { .block(worker, $0) }
        }
        found += drains.sorted { $0.key < $1.key }.map { .drain($0, $1.mode) }
        for job in jobs.values {
            for (index, checkpoints) in job.checkpoints.sorted(by: { $0.key < $1.key }) {
                found.append(.checkpoints(TaskID(job: job.id, index: index), checkpoints))
            }
            for (index, workers) in job.failedOn.sorted(by: { $0.key < $1.key }) {
                found.append(.blame(TaskID(job: job.id, index: index), workers.sorted()))
            }
            for (place, step) in job.steps.enumerated() {
                if !step.chain.files.isEmpty { found.append(.files(job.id, step: place, step.chain.files)) }
                for (offset, memory) in step.tried.enumerated() where memory.failures != FailureTally() {
                    found.append(memory.failures.remembered(TaskID(job: job.id, index: step.first + UInt32(offset))))
                }
            }
        }
        return found
    }
}

extension FailureTally {
    fileprivate func remembered(_ task: TaskID) -> Coordinator.Remembered {
        let counts = Failure.Class.allCases.map { ($0, self[$0]) }.filter { $0.1 > 0 }
        return .failures(task, Dictionary(uniqueKeysWithValues: counts), crashes: crashes)
    }
}
