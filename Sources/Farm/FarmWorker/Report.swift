internal import FarmModel

extension WorkerMachine {
    /// The end of an attempt on its way to the coordinator.
    struct Report: Hashable {
        let content: Content
        var stage: Stage
        /// How often it was sent at this stage in this session.
        var tries = 0
        /// When it is sent again; nil means at the next opportunity.
        var next: Instant?

        /// What is reported.
        enum Content: Hashable {
            /// An entry of the outbox on disk.
            case entry(OutboxEntry)
            /// The attempt comes back unfinished; nothing is lost if that is forgotten.
            case returned(reason: String)
        }

        /// How far a report has come.
        ///
        /// It ends from any stage when the coordinator answers for it.
        enum Stage: Hashable {
            /// Its entry is not known to be durable, and nobody hears of it; the disk has until an instant for that.
            /// Goes to: `storing`, `reporting`.
            case keeping(until: Instant)
            /// These files are not known to be stored. Goes to: `reporting`.
            case storing([Artifact])
            /// Nothing is lacking here. Goes to: `storing` when the coordinator finds files missing.
            case reporting
        }

        /// A report of an entry that is durable, or does not have to be.
        init(_ entry: OutboxEntry) {
            content = .entry(entry)
            stage = .reporting
            stage = afterKeeping
        }

        /// A report of an entry that has to be durable before anybody hears of it.
        init(_ entry: OutboxEntry, keptUntil deadline: Instant) {
            content = .entry(entry)
            stage = .keeping(until: deadline)
        }

        /// When its entry has to be durable; nil once it is.
        var keepingDeadline: Instant? {
            switch stage {
            case .keeping(let deadline): deadline
            case .storing, .reporting: nil
            }
        }

        /// The stage of a report whose entry is durable.
        var afterKeeping: Stage {
            guard let result, !result.artifacts.isEmpty else { return .reporting }
            return .storing(result.artifacts)
        }

        init(returned reason: String) {
            content = .returned(reason: reason)
            stage = .reporting
        }

        /// Whether it comes back unfinished.
        var isReturned: Bool {
            switch content {
            case .entry: false
            case .returned: true
            }
        }

        /// The result, if it ended well.
        var result: TaskResult? {
            switch content {
            case .entry(let entry):
                switch entry.outcome {
                case .succeeded(let result): result
                case .failed: nil
                }
            case .returned: nil
            }
        }
    }
}
