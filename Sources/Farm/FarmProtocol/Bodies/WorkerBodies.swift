import FarmModel
import FoundationEssentials
import SwiftProtobuf

extension WorkerMessage {
    var command: Command {
        switch self {
        case .hello: .hello
        case .inventory: .inventory
        case .ready: .ready
        case .accept: .accept
        case .decline: .decline
        case .progress: .progress
        case .ping: .ping
        case .checkpoint: .checkpoint
        case .returned: .returned
        case .drain: .drain
        case .revoked: .revoked
        case .succeeded, .failed: .result
        case .bye: .bye
        }
    }

    var wire: any SwiftProtobuf.Message {
        switch self {
        case .hello(let hello): WireHello(hello)
        case .inventory(let held, let outbox, let more): WireInventory(held: held, outbox: outbox, more: more)
        case .ready(let free): WireReady.with { $0.free = free }
        case .accept(let attempt): WireAccept.with { $0.attempt = WireTaskAttempt(attempt) }
        case .decline(let attempt, let reason):
            WireDecline.with {
                $0.attempt = WireTaskAttempt(attempt)
                $0.reason = Prose.trimmed(reason)
            }
        case .progress(let attempt, let progress): WireProgress(attempt, progress)
        case .ping(let held): WirePing(held)
        case .checkpoint(let attempt, let checkpoint):
            WireCheckpointStored.with {
                $0.attempt = WireTaskAttempt(attempt)
                $0.checkpoint = WireCheckpoint(checkpoint)
            }
        case .returned(let attempt, let reason):
            WireReturned.with {
                $0.attempt = WireTaskAttempt(attempt)
                $0.reason = Prose.trimmed(reason)
            }
        case .drain(let mode): WireDrain(mode)
        case .revoked(let attempt): WireRevoked.with { $0.attempt = WireTaskAttempt(attempt) }
        case .succeeded(let attempt, let result):
            WireResult.with {
                $0.attempt = WireTaskAttempt(attempt)
                $0.success = WireSuccess(result)
            }
        case .failed(let attempt, let failure):
            WireResult.with {
                $0.attempt = WireTaskAttempt(attempt)
                $0.failure = WireFailure(failure)
            }
        case .bye(let reason): WireBye.with { $0.reason = Prose.trimmed(reason) }
        }
    }

    static func read(_ command: Command, _ body: Body) throws -> WorkerMessage {
        switch command {
        case .hello: return .hello(try body.read(WireHello.self).model())
        case .inventory: return try body.read(WireInventory.self).model()
        case .ready:
            let ready = try body.read(WireReady.self)
            try Checked.present(ready.hasFree, "free")
            return .ready(free: try Checked.number(ready.free, in: 0...UInt32(Limits.slots), "free"))
        case .accept: return .accept(try body.read(WireAccept.self).attempt.model())
        case .decline:
            let decline = try body.read(WireDecline.self)
            return .decline(try decline.attempt.model(), reason: try Checked.prose(decline.reason, "reason"))
        case .progress: return try body.read(WireProgress.self).model()
        case .ping: return .ping(try body.read(WirePing.self).model())
        case .checkpoint:
            let stored = try body.read(WireCheckpointStored.self)
            return .checkpoint(try stored.attempt.model(), try stored.checkpoint.model())
        case .returned:
            let returned = try body.read(WireReturned.self)
            return .returned(try returned.attempt.model(), reason: try Checked.prose(returned.reason, "reason"))
        case .drain: return .drain(try body.read(WireDrain.self).model())
        case .revoked: return .revoked(try body.read(WireRevoked.self).attempt.model())
        case .result: return try body.read(WireResult.self).model()
        case .bye: return .bye(reason: try Checked.prose(body.read(WireBye.self).reason, "reason"))
        default: throw Malformed("a worker does not say this")
        }
    }
}

extension WireHello {
    init(_ hello: Hello) {
        self.init()
        worker = hello.worker.name
        var instance: [UInt8] = []
        instance.appendBigEndian(hello.instance.high, octets: 8)
        instance.appendBigEndian(hello.instance.low, octets: 8)
        self.instance = Data(instance)
        host = hello.host
        slots = hello.slots
        backend = hello.backend
        engine = hello.engine
        if hello.capabilities != Capabilities() { capabilities = WireCapabilities(hello.capabilities) }
        if let lifetime = hello.lifetimeMilliseconds { lifetimeMs = UInt64(bitPattern: lifetime) }
        features = hello.dialect.features
        // Who says nothing speaks the version of the frame, and no other.
        if hello.dialect.versions != FrameHeader.major...FrameHeader.major {
            majorMin = UInt32(hello.dialect.versions.lowerBound)
            majorMax = UInt32(hello.dialect.versions.upperBound)
        }
    }

    func model() throws -> Hello {
        let worker = try Checked.worker(worker, "worker")
        let octets = [UInt8](instance)
        guard octets.count == 16 else { throw Malformed("instance has \(octets.count) octets, not 16") }
        return Hello(
            worker: worker,
            instance: WorkerInstance(
                high: octets.bigEndian(at: 0, octets: 8), low: octets.bigEndian(at: 8, octets: 8)),
            host: try Checked.label(host, "host"),
            slots: try Checked.number(slots, in: 1...UInt32(Limits.slots), "slots"),
            backend: try Checked.label(backend, "backend"), engine: try Checked.label(engine, "engine"),
            capabilities: hasCapabilities ? try capabilities.model() : Capabilities(),
            lifetimeMilliseconds: try Checked.time(hasLifetimeMs ? lifetimeMs : nil, "lifetime_ms"),
            dialect: Dialect(versions: try versions(), features: try Checked.tags(features, "features")))
    }

    private func versions() throws -> ClosedRange<UInt8> {
        if majorMin == 0, majorMax == 0 { return FrameHeader.major...FrameHeader.major }
        let least = try Checked.number(majorMin, in: 1...255, "major_min")
        return UInt8(least)...UInt8(try Checked.number(majorMax, in: least...255, "major_max"))
    }
}

extension WireInventory {
    init(held: [TaskAttempt], outbox: [TaskAttempt], more: Bool) {
        self.init()
        self.held = [WireTaskAttempt](held)
        self.outbox = [WireTaskAttempt](outbox)
        self.more = more
    }

    func model() throws -> WorkerMessage {
        try Checked.present(hasMore, "more")
        return .inventory(
            held: try held.model(atMost: Limits.slots, "held"),
            outbox: try outbox.model(atMost: WireLimits.outboxPage, "outbox"), more: more)
    }
}

extension WireProgress {
    init(_ attempt: TaskAttempt, _ progress: FarmModel.Progress) {
        self.init()
        self.attempt = WireTaskAttempt(attempt)
        iteration = progress.iteration
        iterations = progress.iterations
        loss = progress.loss
        rate = progress.rate
    }

    func model() throws -> WorkerMessage {
        try Checked.present(hasIteration && hasIterations && hasLoss && hasRate, "a number of the progress")
        let progress = FarmModel.Progress(iteration: iteration, iterations: iterations, loss: loss, rate: rate)
        return .progress(try attempt.model(), progress)
    }
}

extension WireResult {
    func model() throws -> WorkerMessage {
        let attempt = try attempt.model()
        switch outcome {
        case .success(let success): return .succeeded(attempt, try success.model())
        case .failure(let failure): return .failed(attempt, try failure.model())
        case nil: throw Malformed("outcome is missing")
        }
    }
}
