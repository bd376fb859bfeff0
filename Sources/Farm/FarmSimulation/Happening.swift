internal import FarmModel

/// What can happen in a simulated world.
///
/// `life` is the number of the process it is meant for: what was meant for an earlier one is void.
enum Happening {
    /// A frame comes to the end of its way.
    case arrival(Packet)
    /// The transport tells the coordinator that it no longer knows an address.
    case unreachable(Route, life: Int)

    case coordinatorStarts
    case coordinatorWakes(life: Int)
    /// The transaction of a batch is through, or fails.
    case commitEnds(life: Int)

    case workerStarts(Int)
    case workerWakes(Int, life: Int)
    /// A frozen process goes on.
    case workerThaws(Int, life: Int)
    /// The engine of a worker moves on with an attempt.
    case engineSteps(EngineStep, worker: Int, life: Int)
    /// Files of an attempt come to the coordinator's host.
    case blobsStored([Digest], TaskAttempt, worker: Int, life: Int)

    /// A checkpoint comes to the coordinator's host.
    case checkpointStored(Checkpoint, TaskAttempt, worker: Int, life: Int)
    /// An entry of a worker's outbox is durable, or will never be.
    case outboxKept(TaskAttempt, worker: Int, life: Int)
    /// The disk of a worker was looked at.
    case storageChecked(worker: Int, life: Int)
    /// The node of a worker is taken away, as it said.
    case nodeEnds(worker: Int, life: Int)
    case clientActs(Int)
    /// Something breaks.
    case fault(Fault)
    /// A path is free again.
    case pathClears(worker: Int, isToCoordinator: Bool)
    /// Checkers that watch the passing of time look at the world.
    case audit
    /// From here on nothing breaks.
    case healing
}

/// What the engine does with an attempt.
struct EngineStep {
    let attempt: TaskAttempt
    /// Tells this execution from an earlier one of the same attempt on the same worker.
    let run: Int
    /// The iteration that is done, or what happens instead of one.
    let iteration: UInt32

    /// The files of the attempt are here.
    static let beginning: UInt32 = 0
    /// The outputs of the attempt are read.
    static let reading = UInt32.max - 2
}

/// What breaks now and then, each kind at intervals of its own.
enum Fault: String, CaseIterable, Sendable {
    /// A worker process dies.
    case workerCrash
    /// A worker process stands still for a while and then goes on as if nothing had been.
    case workerFreeze
    /// A second process comes up under the name of a worker.
    case workerClone
    /// A worker process is asked to finish and leave.
    case workerDrain
    /// The coordinator's process dies.
    case coordinatorCrash
    /// A worker's messages are lost for a while, one way or both ways.
    case partition
    /// A worker's messages are held back for a while, one way or both ways.
    case clog
    /// A connection breaks.
    case disconnection
    /// The blob of a recorded checkpoint is gone from the coordinator's disk.
    case checkpointLoss
    /// A file of a result is gone from a worker's disk before the coordinator has it.
    case outputLoss

    static let ofTheSecondEdition: [Fault] = [.checkpointLoss, .outputLoss]
    static let ofTheFirstEdition = allCases.filter { !ofTheSecondEdition.contains($0) }
}
