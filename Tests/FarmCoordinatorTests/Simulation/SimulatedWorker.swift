import FarmModel
import FarmWorker
import OrderedCollections

/// A worker's host: the process, which can die, and the disk, which survives it.
struct SimulatedWorker {
    let number: Int
    /// The machine of the running process; nil while there is none.
    var machine: WorkerMachine?
    /// Entries that were persisted.
    var disk: OrderedDictionary<TaskAttempt, OutboxEntry> = [:]
    /// What the engine of the running process executes.
    var engine: Set<TaskAttempt> = []
    /// The present connection; nil while there is none.
    var connection: Int?
    /// How often the process was started: what was meant for an earlier start is void.
    var generation = 0

    init(number: Int) { self.number = number }

    /// Starts a process that finds what the last one left on disk.
    mutating func start(_ options: SimulationOptions, at now: Instant, using random: inout SplitMix64) {
        generation += 1
        let configuration = WorkerMachine.Configuration(
            worker: .number(number), instance: WorkerInstance(high: random.next(), low: random.next()),
            host: "host-\(number)", slots: options.slots, backend: "simulated", engine: "1",
            lostAfterMilliseconds: 2_000, backOffMilliseconds: 50, maximumBackOffMilliseconds: 1_000,
            resendMilliseconds: 300, maximumResendMilliseconds: 2_000, maximumDetachedMilliseconds: 15_000)
        machine = WorkerMachine(
            configuration: configuration, outbox: Array(disk.values), random: random.next(), at: now)
    }

    /// Ends the process without a word.
    mutating func crash() {
        machine = nil
        engine = []
        connection = nil
        generation += 1
    }
}
