internal import FarmModel
internal import OrderedCollections

// Optional parts of the protocol: used only in sessions whose WELCOME has accepted them.
extension WorkerMachine {
    /// WELCOME: what cannot be said in this session is not kept for it.
    mutating func agree(on accepted: [String]) {
        features = Set(Feature.ofWorkers.filter { accepted.contains($0.rawValue) })
        if !features.contains(.checkpoints) {
            for attempt in runs.keys {
                // The one on its way, then the one behind it.
                while runs[attempt]?.saving != nil { checkpointDone(attempt, iteration: .max) }
            }
        }
        if !features.contains(.returns) {
            // The inventory will lack them, which gives them back as well.
            for (attempt, report) in outbox where report.isReturned { forget(attempt) }
        }
    }
}
