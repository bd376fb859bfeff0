public import FarmModel

extension WorkerMachine {
    /// Who a worker is and how patient it is.
    public struct Configuration: Sendable {
        /// Lasting name.
        public var worker: WorkerID
        /// This start of the process.
        public var instance: WorkerInstance
        /// Name of the host, for people.
        public var host: String
        /// Attempts it runs at once.
        public var slots: UInt32
        /// Name of the tensor backend.
        public var backend: String
        /// Version of the engine.
        public var engine: String
        /// Least silence after which the coordinator is lost; 20,000.
        ///
        /// Four heartbeats if that is longer.
        public var lostAfterMilliseconds: Int64
        /// The first bound of the pause between connections, doubled each time; 250.
        public var backOffMilliseconds: Int64
        /// The largest bound of that pause; 30,000.
        public var maximumBackOffMilliseconds: Int64
        /// The first pause before a report is repeated, doubled each time; 2,000.
        public var resendMilliseconds: Int64
        /// The largest of these pauses; 60,000.
        ///
        /// Also the pause before blobs are asked for again.
        public var maximumResendMilliseconds: Int64
        /// How long attempts run on without their coordinator; 1,800,000.
        ///
        /// 0 stops them at once.
        public var maximumDetachedMilliseconds: Int64
        /// How long a drained worker tries to deliver its last results without a coordinator; 60,000.
        public var drainPatienceMilliseconds: Int64
        /// Least interval of progress reports of one attempt; 500.
        public var progressMilliseconds: Int64
        /// What the host has.
        public var capabilities: Capabilities
        /// How long the node still lives, milliseconds; nil if no end is known.
        public var lifetimeMilliseconds: Int64?

        /// How long a paused, preempted or drained attempt may take to end its iteration and store a checkpoint; 60,000.
        public var suspendMilliseconds: Int64 = 60_000
        /// The same when the node is about to be taken away; 5,000.
        public var expeditedMilliseconds: Int64 = 5_000
        /// How long before the end of a drain that waits for tasks they are suspended; 10,000.
        ///
        /// Half of the drain if that is shorter.
        public var checkpointLeadMilliseconds: Int64 = 10_000
        /// How long a worker in haste tries to deliver when nothing runs any more; 2,000.
        public var leaveMilliseconds: Int64 = 2_000
        /// How long before the end of its node a worker begins to leave; 30,000.
        ///
        /// A quarter of the lifetime if that is shorter.
        public var lifetimeLeadMilliseconds: Int64 = 30_000
        /// The first rest after the disk failed, doubled each time; 30,000.
        public var restMilliseconds: Int64 = 30_000
        /// The longest of these rests; 1,800,000.
        public var maximumRestMilliseconds: Int64 = 1_800_000
        /// How long the disk may take for one thing that an attempt waits for; 600,000.
        ///
        /// That is its files before its engine begins, the digests of its outputs, or its entry in the outbox. The
        /// largest model is read in that time from a slow network drive.
        public var diskPatienceMilliseconds: Int64 = 600_000

        /// Makes a configuration; durations must not be negative, slots must be 1 to `Limits.slots`.
        public init(
            worker: WorkerID, instance: WorkerInstance, host: String, slots: UInt32, backend: String, engine: String,
            lostAfterMilliseconds: Int64 = 20_000, backOffMilliseconds: Int64 = 250,
            maximumBackOffMilliseconds: Int64 = 30_000, resendMilliseconds: Int64 = 2_000,
            maximumResendMilliseconds: Int64 = 60_000, maximumDetachedMilliseconds: Int64 = 1_800_000,
            drainPatienceMilliseconds: Int64 = 60_000, progressMilliseconds: Int64 = 500,
            capabilities: Capabilities = Capabilities(), lifetimeMilliseconds: Int64? = nil
        ) {
            precondition((1...UInt32(Limits.slots)).contains(slots), "\(slots) slots; 1 to \(Limits.slots) are allowed")
            precondition(lostAfterMilliseconds > 0 && resendMilliseconds > 0 && backOffMilliseconds > 0)
            precondition(maximumResendMilliseconds >= resendMilliseconds)
            precondition(maximumBackOffMilliseconds >= backOffMilliseconds)
            precondition(maximumDetachedMilliseconds >= 0 && drainPatienceMilliseconds >= 0)
            precondition(progressMilliseconds >= 0, "an interval of \(progressMilliseconds) ms")
            self.worker = worker
            self.instance = instance
            self.host = host
            self.slots = slots
            self.backend = backend
            self.engine = engine
            self.lostAfterMilliseconds = lostAfterMilliseconds
            self.backOffMilliseconds = backOffMilliseconds
            self.maximumBackOffMilliseconds = maximumBackOffMilliseconds
            self.resendMilliseconds = resendMilliseconds
            self.maximumResendMilliseconds = maximumResendMilliseconds
            self.maximumDetachedMilliseconds = maximumDetachedMilliseconds
            self.drainPatienceMilliseconds = drainPatienceMilliseconds
            self.progressMilliseconds = progressMilliseconds
            self.capabilities = capabilities
            self.lifetimeMilliseconds = lifetimeMilliseconds
        }
    }
}
