public import FarmModel

extension Coordinator {
    /// The timers and budgets of a farm.
    ///
    /// The defaults suit workers on other hosts. A farm of local processes takes a heartbeat of half a second and
    /// leases of a few seconds, so that a killed worker is replaced at once.
    public struct Configuration: Sendable {
        /// Interval at which workers ping; 5,000.
        public var heartbeatMilliseconds: Int64
        /// Least silence after which a session is over; 20,000.
        ///
        /// Four heartbeats if that is longer.
        public var minimumLostMilliseconds: Int64
        /// Length of a lease as the worker is told; 60,000.
        public var leaseMilliseconds: Int64
        /// What is added here to a lease, so that the worker's view of it always ends first; 15,000.
        public var marginMilliseconds: Int64
        /// How long an offer may stay without an answer; 10,000.
        public var offerAnswerMilliseconds: Int64
        /// How long a task rests after it was declined or the worker was busy; 5,000.
        public var busyDelayMilliseconds: Int64
        /// How often a task is tried again, by class of failure, where its job does not say.
        public var retries: RetryBudget
        /// Where workers send blobs: an endpoint for WELCOME.
        public var blobEndpoint: String

        /// Engines that a task may take down before it fails for good, whatever its budget; 5.
        public var crashLimit: UInt32 = 5
        /// Workers, where there are so many, that must have failed a task before it fails for good; 3.
        public var distinctWorkers: Int = 3
        /// Failures in a row after which a worker is blocked from a job, where others can execute it; 3.
        public var blockAfterFailures: UInt32 = 3
        /// How long a worker is blocked; five hours.
        public var forgiveMilliseconds: Int64 = 5 * 3_600_000
        /// The rest of a task after the second failure of its node, and of a worker after its second misfortune in a
        /// row; doubled each time; 2,000.
        public var restMilliseconds: Int64 = 2_000
        /// The longest of these rests; 300,000.
        public var maximumRestMilliseconds: Int64 = 300_000
        /// How long an attempt of a paused job may take to store a checkpoint and come back; 120,000.
        public var stopPatienceMilliseconds: Int64 = 120_000
        /// How long the next task of a chain waits for the worker that ran the last; 10,000.
        public var chainPatienceMilliseconds: Int64 = 10_000
        /// How long an attempt runs at least before an idle worker is given a second one at the end of a step; 30,000.
        ///
        /// It has to have taken twice the mean of its step, too. nil wants no second attempts.
        public var backupMilliseconds: Int64? = 30_000
        /// How long a node must still live to be given a task of unknown length; 30,000.
        public var minimumLifetimeMilliseconds: Int64 = 30_000

        /// Tasks of one submitter that may be open at one time; nil sets no bound.
        ///
        /// A job that would lead beyond it is refused; what was taken in before stays, and may be tried again.
        public var openTasksPerSubmitter: Int?

        /// Makes a configuration; every duration must be positive, the margin may be zero.
        public init(
            heartbeatMilliseconds: Int64 = 5_000, minimumLostMilliseconds: Int64 = 20_000,
            leaseMilliseconds: Int64 = 60_000, marginMilliseconds: Int64 = 15_000,
            offerAnswerMilliseconds: Int64 = 10_000, busyDelayMilliseconds: Int64 = 5_000,
            retries: RetryBudget = RetryBudget(), blobEndpoint: String = ""
        ) {
            let durations = [
                heartbeatMilliseconds, minimumLostMilliseconds, leaseMilliseconds, offerAnswerMilliseconds,
                busyDelayMilliseconds,
            ]
            for duration in durations {
                precondition((1...Int64(UInt32.max)).contains(duration), "a duration of \(duration) ms")
            }
            precondition(
                (0...Int64(UInt32.max)).contains(marginMilliseconds), "a margin of \(marginMilliseconds) ms"
            )
            self.heartbeatMilliseconds = heartbeatMilliseconds
            self.minimumLostMilliseconds = minimumLostMilliseconds
            self.leaseMilliseconds = leaseMilliseconds
            self.marginMilliseconds = marginMilliseconds
            self.offerAnswerMilliseconds = offerAnswerMilliseconds
            self.busyDelayMilliseconds = busyDelayMilliseconds
            self.retries = retries
            self.blobEndpoint = blobEndpoint
        }

        /// Silence after which a session is over.
        var lostMilliseconds: Int64 { max(4 * heartbeatMilliseconds, minimumLostMilliseconds) }

        /// How long a lease holds here after it was granted or renewed.
        var leaseWindowMilliseconds: Int64 { leaseMilliseconds + marginMilliseconds }

        /// The rest after so many failures: none after the first, then doubled each time.
        func restMilliseconds(afterFailures count: UInt32) -> Int64 {
            guard count >= 2 else { return 0 }
            return min(maximumRestMilliseconds, restMilliseconds << Int64(min(count - 2, 20)))
        }
    }

    /// How often a task is tried again.
    public typealias RetryBudget = FarmModel.RetryBudget
}
