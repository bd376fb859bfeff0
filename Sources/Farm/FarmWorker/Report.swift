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
        /// It ends from either stage when the coordinator answers for it.
        enum Stage: Hashable {
            /// These files are not known to be stored. Goes to: `reporting`.
            case storing([Artifact])
            /// Nothing is lacking here. Goes to: `storing` when the coordinator finds files missing.
            case reporting
        }

        init(_ entry: OutboxEntry) {
            content = .entry(entry)
            switch entry.outcome {
            case .succeeded(let result) where !result.artifacts.isEmpty: stage = .storing(result.artifacts)
            case .succeeded, .failed: stage = .reporting
            }
        }

        init(returned reason: String) {
            content = .returned(reason: reason)
            stage = .reporting
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
