import FarmModel
import Foundation

/// How jobs, tasks and workers are written in tables and in JSON.
enum StatusText {
    /// One word for a job.
    static func state(of job: JobStatus) -> String {
        if job.failure != nil { return "failed" }
        if !job.isEnded { return job.isPaused ? "paused" : job.running > 0 ? "running" : "waiting" }
        if job.failed > 0 { return "failed" }
        return job.cancelled > 0 ? "cancelled" : "done"
    }

    /// `3 s`, `4 min` or `5 h`.
    static func duration(milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<120_000: "\(milliseconds / 1_000) s"
        case ..<7_200_000: "\(milliseconds / 60_000) min"
        default: "\(milliseconds / 3_600_000) h"
        }
    }
}

/// A job in JSON.
struct JobEntry: Encodable {
    var job: UInt64
    var name: String
    var state: String
    var total: UInt32
    var waiting: UInt32
    var running: UInt32
    var succeeded: UInt32
    var failed: UInt32
    var cancelled: UInt32
    var priority: Int32
    var submitter: String
    var paused: Bool
    var ended: Bool
    var failure: String?

    init(_ status: JobStatus) {
        (job, name, state) = (status.job.number, status.name, StatusText.state(of: status))
        (total, waiting, running) = (status.total, status.waiting, status.running)
        (succeeded, failed, cancelled) = (status.succeeded, status.failed, status.cancelled)
        (priority, submitter, paused) = (status.priority, status.submitter, status.isPaused)
        (ended, failure) = (status.isEnded, status.failure)
    }
}

/// A task in JSON.
struct TaskEntry: Encodable {
    var task: String
    var index: UInt32
    var state: String
    var attempts: UInt32
    var failures: UInt32
    var worker: String?
    var iteration: UInt32

    init(_ status: TaskStatus, of job: JobID) {
        (task, index) = (TaskID(job: job, index: status.index).description, status.index)
        (state, attempts, failures) = (status.state.rawValue, status.attempts, status.failures)
        (worker, iteration) = (status.worker?.name, status.iteration)
    }
}

/// A worker in JSON.
struct WorkerEntry: Encodable {
    var worker: String
    var state: String
    var host: String
    var backend: String
    var slots: UInt32
    var free: UInt32
    var held: [String]
    var memoryBytes: Int64
    var cores: UInt32
    var device: String
    var tags: [String]
    var lifetimeMilliseconds: Int64?
    var silentMilliseconds: Int64?
    var blockedJobs: [UInt64]

    init(_ status: WorkerStatus) {
        (worker, state, host, backend) = (status.worker.name, status.state.rawValue, status.host, status.backend)
        (slots, free, held) = (status.slots, status.free, status.held.map(\.description))
        let has = status.capabilities
        (memoryBytes, cores, device, tags) = (has.memoryBytes, has.cores, has.device.rawValue, has.tags)
        (lifetimeMilliseconds, silentMilliseconds) = (status.lifetimeMilliseconds, status.silentMilliseconds)
        blockedJobs = status.blockedJobs.map(\.number)
    }
}

/// What a command did, in JSON.
struct DoneEntry: Encodable {
    var done: String
    var job: UInt64?
    var worker: String?
}
