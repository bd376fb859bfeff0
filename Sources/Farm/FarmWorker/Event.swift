public import FarmModel

extension WorkerMachine {
    /// What can happen to a worker; any event is legal in any state.
    public enum Event: Sendable {
        /// The process is ready: connect.
        case start
        /// A message came on the present connection. `session` is the number in its header.
        case coordinatorSaid(CoordinatorMessage, session: SessionID)
        /// The present connection is gone.
        case disconnected(reason: String)
        /// The files of an attempt are here and its engine begins.
        case engineStarted(TaskAttempt)
        /// What attempts wait for before their engines begin is on its way from the coordinator: the disk takes it.
        case filesArrive
        /// The engine moves on.
        case engineProgress(TaskAttempt, Progress)
        /// The engine dropped a checkpoint; its file stays until `.forgetCheckpoint`.
        case engineCheckpoint(TaskAttempt, Checkpoint)
        /// The engine stopped an attempt that was suspended, after its checkpoint if there was one.
        case engineStopped(TaskAttempt)
        /// The engine is done, and the digests of its files are taken.
        case engineEnded(TaskAttempt)
        /// An attempt ended well: its files are hashed and durable in the outbox folder.
        case engineSucceeded(TaskAttempt, TaskResult)
        /// An attempt ended badly.
        case engineFailed(TaskAttempt, Failure)
        /// The entry of a `.persistOutbox` is durable, or never will be.
        case outboxKept(TaskAttempt)
        /// Every file of a report, or every one that was lacking, is stored at the coordinator.
        case blobsStored(TaskAttempt)
        /// A file of a report cannot be read any more.
        case outputLost(TaskAttempt, reason: String)
        /// The blob of the checkpoint after so many iterations is stored at the coordinator.
        case checkpointStored(TaskAttempt, iteration: UInt32)
        /// That checkpoint cannot be stored: its file is gone, or the coordinator does not take it.
        case checkpointLost(TaskAttempt, iteration: UInt32)
        /// The disk failed; the attempt that noticed, if any, has ended and goes back without blame.
        case storageFailed(TaskAttempt?, reason: String)
        /// What came of `.checkStorage`; nil if the disk works.
        case storageChecked(error: String?)
        /// Take nothing new and leave in this way, within so many milliseconds if that is given.
        case drain(DrainMode, reason: String, withinMilliseconds: Int64? = nil)
        /// Time has passed; due when the last `.wake` says.
        case tick
    }

    /// What the surroundings are to do, in order.
    public enum Effect: Sendable, Equatable {
        /// Open a new connection; the former one, if any, is closed already.
        case connect
        /// Close the connection and drop whatever still waits on it.
        case disconnect
        /// Send a message on the present connection.
        case send(WorkerMessage, session: SessionID)
        /// Let the engine execute an attempt, from a checkpoint if there is one that can be had and read.
        case startTask(TaskAttempt, TaskSpec, resume: Checkpoint?)
        /// Stop an attempt and delete what it wrote; nothing more is expected of it.
        case stopTask(TaskAttempt, reason: String)
        /// The same at once: its engine need not end its iteration.
        case killTask(TaskAttempt, reason: String)
        /// Let the engine drop a checkpoint after the present iteration and stop, then say `.engineStopped`.
        case suspendTask(TaskAttempt)
        /// Store a checkpoint at the coordinator, then say `.checkpointStored` or `.checkpointLost`.
        ///
        /// Repeatable: a transfer that is under way goes on.
        case sendCheckpoint(TaskAttempt, Checkpoint)
        /// Delete the file of a checkpoint and end its transfer; there may be none.
        case forgetCheckpoint(TaskAttempt, Checkpoint)
        /// See whether the disk takes files, then say `.storageChecked`.
        case checkStorage
        /// Make an entry durable, then say `.outboxKept`; also if that fails, after `.storageFailed`.
        ///
        /// The deeds on one entry, `.forgetOutbox` included, are done in order.
        case persistOutbox(OutboxEntry)
        /// Store these files of a report at the coordinator, then say `.blobsStored`.
        ///
        /// Repeatable: a transfer that is under way goes on. Transfers that break are tried again by whoever runs
        /// them, and at the latest when this effect is repeated.
        case sendBlobs(TaskAttempt, [Artifact])
        /// Delete an entry and its files; there may be none.
        case forgetOutbox(TaskAttempt)
        /// Send a `.tick` at this instant; the newest wake replaces earlier ones.
        case wake(at: Instant)
        /// End the process; nothing is expected of this machine any more.
        ///
        /// It is a failure where the worker leaves although nobody wanted that.
        case exit(reason: String, isFailure: Bool)
    }
}
