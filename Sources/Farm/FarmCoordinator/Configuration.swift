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
        /// How often a task is tried again, by class of failure.
        public var retries: RetryBudget
        /// Where workers send blobs: an endpoint for WELCOME.
        public var blobEndpoint: String

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
            precondition((0...Int64(UInt32.max)).contains(marginMilliseconds), "a margin of \(marginMilliseconds) ms")
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
    }

    /// How often a task is tried again.
    public typealias RetryBudget = FarmModel.RetryBudget
}
