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
        /// The engine moves on.
        case engineProgress(TaskAttempt, Progress)
        /// An attempt ended well: its files are hashed and durable in the outbox folder.
        case engineSucceeded(TaskAttempt, TaskResult)
        /// An attempt ended badly.
        case engineFailed(TaskAttempt, Failure)
        /// Every file of a report, or every one that was lacking, is stored at the coordinator.
        case blobsStored(TaskAttempt)
        /// Finish what is running, then exit.
        case drain(reason: String)
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
        /// Let the engine execute an attempt.
        case startTask(TaskAttempt, TaskSpec)
        /// Stop an attempt and delete what it wrote; nothing more is expected of it.
        case stopTask(TaskAttempt, reason: String)
        /// Make an entry durable before going on to the next effect.
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
        case exit(reason: String)
    }
}
