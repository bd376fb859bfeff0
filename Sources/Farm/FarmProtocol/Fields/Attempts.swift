import FarmModel

extension WireTaskAttempt {
    init(_ attempt: FarmModel.TaskAttempt) {
        self.init()
        job = attempt.task.job.number
        task = attempt.task.index
        self.attempt = attempt.attempt
    }

    func model() throws -> FarmModel.TaskAttempt {
        try Checked.present(hasTask, "attempt.task")
        let job = try Checked.number(job, in: 1...UInt64.max, "attempt.job")
        let index = try Checked.place(task, "attempt.task")
        let number = try Checked.number(attempt, in: 1...UInt32.max, "attempt.attempt")
        return TaskAttempt(task: TaskID(job: JobID(job), index: index), attempt: number)
    }
}

extension [WireTaskAttempt] {
    init(_ attempts: [FarmModel.TaskAttempt]) { self = attempts.map { WireTaskAttempt($0) } }

    func model(atMost limit: Int, _ field: String) throws -> [FarmModel.TaskAttempt] {
        try Checked.count(count, atMost: limit, field)
        return try map { try $0.model() }
    }
}
