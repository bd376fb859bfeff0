import FarmStore

extension FailPoint {
    /// Whether it lies in a worker's code.
    var isOfWorker: Bool {
        switch self {
        case .beforeOutboxEntry, .afterOutboxEntry, .midOutboxRemoval: true
        case .beforeCommit, .inCommit, .afterCommit, .midAnswer, .beforeBlobRename, .afterBlobRename,
            .beforePublishRename, .midPublish, .afterPublish, .beforeManifestRename, .midSweep:
            false
        }
    }
}
