public import FarmModel

extension Coordinator {
    /// What can happen to a coordinator; any event is legal in any state.
    public enum Event: Sendable {
        /// A worker's message came.
        ///
        /// `missingBlobs` are those files of a `.succeeded` report, or the blob of a `.checkpoint`, that the blob store
        /// lacks, and empty otherwise.
        /// Who may speak for a session is checked before, by the keys of the connection.
        case workerSaid(WorkerMessage, session: SessionID, route: Route, missingBlobs: [Digest])
        /// A client's message came.
        case clientSaid(ClientMessage, route: Route)
        /// The transport no longer knows a peer at this address.
        case unreachable(Route)
        /// No worker of an earlier start lives any more: their leases end, and no budget pays for it.
        ///
        /// Only a farm whose workers die with it can know that.
        case formerWorkersEnded
        /// A checkpoint's blob is missing or damaged here: it is not to be resumed from.
        case checkpointLost(TaskID, Digest)
        /// Time has passed.
        ///
        /// Due when the last `.wake` says, after the messages that are already there: a ping that waits in the
        /// queue is to be heard before its lease is found to have lapsed.
        case tick
    }

    /// What the surroundings are to do, in order; everything after a `.persist` waits for its commit.
    public enum Effect: Sendable, Equatable {
        /// Commit these facts in one transaction. It is the first effect of an event and there is one at most.
        case persist([Record])
        /// Send a message to a worker.
        case send(CoordinatorMessage, to: Route, session: SessionID)
        /// Answer a client.
        case reply(ClientReply, to: Route)
        /// The result of this attempt was just recorded: publish its files.
        case publish(TaskAttempt)
        /// All tasks of a job have ended, as it stood then; may come again after a retry.
        case jobEnded(JobStatus)
        /// Tell whoever watches; droppable.
        case notify(FarmNotice)
        /// Send a `.tick` at this instant; the newest wake replaces earlier ones.
        case wake(at: Instant)
    }
}
