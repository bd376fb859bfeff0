internal import FarmModel

extension WorkerMachine {
    /// An attempt that the engine executes.
    struct Run: Hashable {
        var lease: LeaseView
        /// When its progress was last reported.
        var lastProgress: Instant?
        /// Iterations done.
        var iteration: UInt32
        /// When the last of them ended, or the engine began; nil while its files are gathered.
        var lastStep: Instant?
        /// When the disk has to have done its part; nil while the engine works.
        ///
        /// Its part is to bring the files together before, and to read the outputs afterwards.
        var due: Instant?
        /// The checkpoint that is brought to the coordinator; one at a time.
        var saving: Saving?
        /// The newest one behind it; nil if there is none.
        var pending: Checkpoint?
        /// Set once it is to come back unfinished.
        var suspension: Suspension?

        init(lease: LeaseView, due: Instant, iteration: UInt32) {
            self.lease = lease
            self.due = due
            self.iteration = iteration
        }

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

        /// A checkpoint on its way.
        struct Saving: Hashable {
            let checkpoint: Checkpoint
            var stage = Stage.storing
            /// How often it was sent at this stage in this session.
            var tries = 0
            /// When it is sent again; nil means at the next opportunity.
            var next: Instant?

            /// How far it has come; it ends from either stage when the coordinator answers for it.
            enum Stage: Hashable {
                /// Its blob is not known to be stored. Goes to: `reporting`.
                case storing
                /// Nothing is lacking here. Goes to: `storing` when the coordinator finds the blob missing.
                case reporting
            }
        }

        /// An attempt on its way back.
        ///
        /// The engine drops a checkpoint and stops, the coordinator gets it, and then the attempt is returned. When the
        /// time is up it is returned as it is.
        struct Suspension: Hashable {
            let reason: String
            /// When the time is up.
            var deadline: Instant
            /// Whether the engine has stopped.
            var isStopped = false
        }
    }
}
