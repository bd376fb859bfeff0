internal import FarmModel

extension WorkerMachine {
    /// How a worker stands with its coordinator.
    ///
    /// What it runs does not depend on it: attempts go on in every phase but `exited`. Being drained is no phase of
    /// its own, since a drained worker has to reconnect like any other to deliver its last results.
    enum Phase: Hashable {
        /// Not started. Goes to: `helloSent`, `exited`.
        case idle
        /// No connection until an instant. Goes to: `helloSent`, `exited`.
        case offline(until: Instant)
        /// HELLO is on its way, given up at an instant. Goes to: `reconciling`, `offline`, `exited`.
        case helloSent(until: Instant)
        /// The inventory is on its way. Goes to: `active`, `offline`, itself under a newer session, `exited`.
        case reconciling(Reconciling)
        /// All is well. Goes to: `suspect`, `offline`, `reconciling` under a newer session, `exited`.
        case active(SessionID)
        /// Nothing was heard for two heartbeats: nothing new starts or is reported. Goes to: `active`, `offline`,
        /// `reconciling` under a newer session, `exited`.
        case suspect(SessionID)
        /// Over. Goes to: nothing.
        case exited
    }

    /// An inventory without an answer yet.
    struct Reconciling: Hashable {
        let session: SessionID
        /// Attempts that have no verdict yet.
        var awaiting: Set<TaskAttempt>
        /// When the inventory was sent: adopted leases count from here.
        let sent: Instant
        /// When it is given up.
        let until: Instant
    }
}
