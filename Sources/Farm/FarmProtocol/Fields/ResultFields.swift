import FarmModel
import FoundationEssentials
import OrderedCollections

extension WireArtifact {
    init(_ artifact: Artifact) {
        self.init()
        name = artifact.name
        kind = artifact.kind.wire
        byteCount = UInt64(bitPattern: artifact.byteCount)
        digest = Data(artifact.digest.bytes)
    }

    func model() throws -> Artifact {
        try Checked.present(hasByteCount, "artifact.byte_count")
        return Artifact(
            name: try Checked.fileName(name, "artifact.name"), kind: try .init(kind, "artifact.kind"),
            byteCount: try Checked.amount(byteCount, atMost: Limits.blobBytes, "artifact.byte_count"),
            digest: try Checked.digest(digest, "artifact.digest"))
    }
}

extension WireSuccess {
    init(_ result: TaskResult) {
        self.init()
        artifacts = result.artifacts.map { WireArtifact($0) }
        metrics = result.metrics.map { name, value in
            var metric = WireMetric()
            metric.name = name
            metric.value = value
            return metric
        }
        facts = result.facts.map { name, value in
            var fact = WireFact()
            fact.name = name
            fact.value = value
            return fact
        }
        wallMs = UInt64(bitPattern: result.wallMilliseconds)
    }

    func model() throws -> TaskResult {
        try Checked.present(hasWallMs, "success.wall_ms")
        let artifacts = try Checked.unique(artifacts, atMost: Limits.artifacts, "artifacts", key: \.name) {
            try $0.model()
        }
        let metrics = try Checked.unique(metrics, atMost: Limits.summaryEntries, "metrics", key: \.name) { metric in
            try Checked.present(metric.hasValue, "metric.value")
            return (name: try Checked.name(metric.name, "metric.name"), value: metric.value)
        }
        let facts = try Checked.unique(facts, atMost: Limits.summaryEntries, "facts", key: \.name) { fact in
            (name: try Checked.name(fact.name, "fact.name"), value: try Checked.prose(fact.value, "fact.value"))
        }
        return TaskResult(
            artifacts: artifacts,
            metrics: OrderedDictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.value) }),
            facts: OrderedDictionary(uniqueKeysWithValues: facts.map { ($0.name, $0.value) }),
            wallMilliseconds: try Checked.amount(wallMs, atMost: .max, "success.wall_ms"))
    }
}

extension WireFailure {
    init(_ failure: Failure) {
        self.init()
        self.class = failure.failureClass.wire
        message = Prose.trimmed(failure.message)
        if let cause = failure.cause { set(cause) }
    }

    func model() throws -> Failure {
        Failure(
            try .init(self.class, "failure.class"), try Checked.prose(message, "failure.message"),
            cause: try causeModel())
    }

    private mutating func set(_ known: Failure.Cause) {
        switch known {
        case .crashed(let signal): (cause, causeNumber) = (.crashed, signal)
        case .exited(let status): (cause, causeNumber) = (.exited, status)
        case .outOfMemory: cause = .outOfMemory
        case .hung: cause = .hung
        case .stalled: cause = .stalled
        case .overdue: cause = .overdue
        case .tooFast: cause = .tooFast
        case .leaseLapsed: cause = .leaseLapsed
        case .abandoned: cause = .abandoned
        case .checkpointUnreadable: cause = .checkpointUnreadable
        }
    }

    private func causeModel() throws -> Failure.Cause? {
        switch cause {
        case .crashed: return .crashed(signal: causeNumber)
        case .exited: return .exited(status: causeNumber)
        default: break
        }
        guard causeNumber == 0 else { throw Malformed("failure.cause_number belongs to a signal or a status") }
        switch cause {
        case .outOfMemory: return .outOfMemory
        case .hung: return .hung
        case .stalled: return .stalled
        case .overdue: return .overdue
        case .tooFast: return .tooFast
        case .leaseLapsed: return .leaseLapsed
        case .abandoned: return .abandoned
        case .checkpointUnreadable: return .checkpointUnreadable
        // A cause that a later edition knows is no cause here; the class and the message are enough.
        case .unspecified, .UNRECOGNIZED, .crashed, .exited: return nil
        }
    }
}
