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

    /// An attempt that the engine executes.
    struct Run: Hashable {
        var lease: LeaseView
        /// When its progress was last reported.
        var lastProgress: Instant?

        /// What the worker may think of its lease.
        enum LeaseView: Hashable {
            /// Its own until an instant, as far as it knows. Goes to: `detached`.
            case valid(until: Instant)
            /// Ended at the coordinator; computed on while nothing better is at hand. Goes to: `valid` if it is
            /// adopted or offered again.
            case detached(until: Instant)
        }

        var isDetached: Bool {
            switch lease {
            case .valid: false
            case .detached: true
            }
        }
    }

    /// An entry of the outbox on its way.
    struct Report: Hashable {
        let entry: OutboxEntry
        var stage: Stage
        /// How often it was sent at this stage in this session.
        var tries = 0
        /// When it is sent again; nil means at the next opportunity.
        var next: Instant?

        /// How far a report has come.
        ///
        /// It ends from either stage when the coordinator answers for it.
        enum Stage: Hashable {
            /// These files are not known to be stored. Goes to: `reporting`.
            case storing([Artifact])
            /// Nothing is lacking here. Goes to: `storing` when the coordinator finds files missing.
            case reporting
        }

        init(_ entry: OutboxEntry) {
            self.entry = entry
            switch entry.outcome {
            case .succeeded(let result) where !result.artifacts.isEmpty: stage = .storing(result.artifacts)
            case .succeeded, .failed: stage = .reporting
            }
        }
    }
}
