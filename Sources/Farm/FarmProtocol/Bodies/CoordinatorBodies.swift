import FarmModel
import FoundationEssentials
import SwiftProtobuf

extension CoordinatorMessage {
    var command: Command {
        switch self {
        case .welcome: .welcome
        case .refuse: .refuse
        case .reconcile: .reconcile
        case .offer: .offer
        case .pong: .pong
        case .revoke: .revoke
        case .resultOK: .resultOK
        case .needBlobs: .needBlobs
        case .checkpointOK: .checkpointOK
        case .drain: .drain
        case .bye: .bye
        }
    }

    var wire: any SwiftProtobuf.Message {
        switch self {
        case .welcome(let welcome): WireWelcome(welcome)
        case .refuse(let refusal, let retryAfter): WireRefuse(refusal, retryAfterMilliseconds: retryAfter)
        case .reconcile(let verdicts): WireReconcile(verdicts)
        case .offer(let attempt, let task, let lease, let resume):
            WireOffer(attempt, task, leaseMilliseconds: lease, resume: resume)
        case .pong(let renewed, let ended):
            WirePong.with {
                $0.renewed = [WireTaskAttempt](renewed)
                $0.ended = [WireTaskAttempt](ended)
            }
        case .revoke(let attempt, let reason):
            WireRevoke.with {
                $0.attempt = WireTaskAttempt(attempt)
                $0.reason = reason.wire
            }
        case .resultOK(let attempt, let disposition):
            WireResultOK.with {
                $0.attempt = WireTaskAttempt(attempt)
                $0.disposition = disposition.wire
            }
        case .needBlobs(let attempt, let digests):
            WireNeedBlobs.with {
                $0.attempt = WireTaskAttempt(attempt)
                $0.digests = digests.map { Data($0.bytes) }
            }
        case .checkpointOK(let attempt, let iteration):
            WireCheckpointOK.with {
                $0.attempt = WireTaskAttempt(attempt)
                $0.iteration = iteration
            }
        case .drain(let mode): WireDrain(mode)
        case .bye(let reason): WireBye.with { $0.reason = Prose.trimmed(reason) }
        }
    }

    static func read(_ command: Command, _ body: Body) throws -> CoordinatorMessage {
        switch command {
        case .welcome: return .welcome(try body.read(WireWelcome.self).model())
        case .refuse:
            let refuse = try body.read(WireRefuse.self)
            try refuse.check()
            return .refuse(try .init(refuse.reason, "reason"), retryAfterMilliseconds: refuse.retryAfterMs)
        case .reconcile: return .reconcile(try body.read(WireReconcile.self).model())
        case .offer: return try body.read(WireOffer.self).model()
        case .pong:
            let pong = try body.read(WirePong.self)
            return .pong(
                renewed: try pong.renewed.model(atMost: WireLimits.listed, "renewed"),
                ended: try pong.ended.model(atMost: WireLimits.listed, "ended"))
        case .revoke:
            let revoke = try body.read(WireRevoke.self)
            return .revoke(try revoke.attempt.model(), reason: try .init(revoke.reason, "reason"))
        case .resultOK:
            let result = try body.read(WireResultOK.self)
            return .resultOK(try result.attempt.model(), try .init(result.disposition, "disposition"))
        case .needBlobs:
            let need = try body.read(WireNeedBlobs.self)
            try Checked.count(need.digests.count, atMost: Limits.artifacts, "digests")
            return .needBlobs(try need.attempt.model(), try need.digests.map { try Checked.digest($0, "digests") })
        case .checkpointOK:
            let stored = try body.read(WireCheckpointOK.self)
            try Checked.present(stored.hasIteration, "iteration")
            return .checkpointOK(try stored.attempt.model(), iteration: stored.iteration)
        case .drain: return .drain(try body.read(WireDrain.self).model())
        case .bye: return .bye(reason: try Checked.prose(body.read(WireBye.self).reason, "reason"))
        default: throw Malformed("a coordinator does not say this to a worker")
        }
    }
}

extension WireWelcome {
    init(_ welcome: Welcome) {
        self.init()
        session = welcome.session.number
        epoch = welcome.epoch
        heartbeatMs = welcome.heartbeatMilliseconds
        leaseMs = welcome.leaseMilliseconds
        blobEndpoint = welcome.blobEndpoint
        nextServerKey = Data(welcome.nextServerKey ?? [])
        features = welcome.features
    }

    func model() throws -> Welcome {
        Welcome(
            session: SessionID(try Checked.number(session, in: 1...UInt64.max, "session")),
            epoch: try Checked.number(epoch, in: 1...UInt64.max, "epoch"),
            heartbeatMilliseconds: try Checked.number(heartbeatMs, in: 1...UInt32.max, "heartbeat_ms"),
            leaseMilliseconds: try Checked.number(leaseMs, in: 1...UInt32.max, "lease_ms"),
            blobEndpoint: try Checked.label(blobEndpoint, "blob_endpoint"),
            nextServerKey: try Checked.nextKey(nextServerKey), features: try Checked.tags(features, "features"))
    }
}

extension WireRefuse {
    init(_ refusal: Refusal, retryAfterMilliseconds: UInt32) {
        self.init()
        reason = refusal.wire
        retryAfterMs = retryAfterMilliseconds
        if refusal == .version {
            majorMin = UInt32(Dialect.spoken.lowerBound)
            majorMax = UInt32(Dialect.spoken.upperBound)
        }
    }

    /// The rules that hold in both dialogues.
    func check() throws {
        try Checked.present(hasRetryAfterMs, "retry_after_ms")
        _ = try Checked.prose(detail, "detail")
    }
}

extension WireReconcile {
    init(_ verdicts: [Reconciliation]) {
        self.init()
        items = verdicts.map { verdict in
            Item.with {
                $0.attempt = WireTaskAttempt(verdict.attempt)
                $0.verdict = verdict.verdict.wire
            }
        }
    }

    func model() throws -> [Reconciliation] {
        try Checked.count(items.count, atMost: WireLimits.verdicts, "items")
        return try items.map {
            Reconciliation(attempt: try $0.attempt.model(), verdict: try .init($0.verdict, "verdict"))
        }
    }
}

extension WireDrain {
    init(_ mode: DrainMode) {
        self.init()
        // An empty body is how the first edition says it.
        if mode != .eventual { self.mode = mode.wire }
    }

    func model() throws -> DrainMode { mode == .unspecified ? .eventual : try .init(mode, "mode") }
}

extension WireOffer {
    init(_ attempt: TaskAttempt, _ task: TaskSpec, leaseMilliseconds: UInt32, resume: Checkpoint?) {
        self.init()
        self.attempt = WireTaskAttempt(attempt)
        action = task.action.wire
        label = task.label
        settings = [WireSetting](task.settings)
        leaseMs = leaseMilliseconds
        if let resume { self.resume = WireCheckpoint(resume) }
        if let time = task.checkpointMilliseconds { checkpointMs = UInt64(bitPattern: time) }
        if let time = task.stallMilliseconds { stallMs = UInt64(bitPattern: time) }
        inputs = task.inputs.map { WireArtifact($0) }
    }

    func model() throws -> CoordinatorMessage {
        let task = TaskSpec(
            action: try .init(action, "action"), label: try Checked.fileName(label, "label"),
            settings: try settings.model("settings"),
            checkpointMilliseconds: try Checked.time(hasCheckpointMs ? checkpointMs : nil, "checkpoint_ms"),
            stallMilliseconds: try Checked.time(hasStallMs ? stallMs : nil, "stall_ms"),
            inputs: try Checked.unique(inputs, atMost: Limits.artifacts, "inputs", key: \.name) { try $0.model() })
        let lease = try Checked.number(leaseMs, in: 1...UInt32.max, "lease_ms")
        return .offer(
            try attempt.model(), task, leaseMilliseconds: lease, resume: hasResume ? try resume.model() : nil)
    }
}
