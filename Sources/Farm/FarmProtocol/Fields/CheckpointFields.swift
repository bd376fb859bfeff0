import FarmModel
import FoundationEssentials

extension WireCheckpoint {
    init(_ checkpoint: Checkpoint) {
        self.init()
        iteration = checkpoint.iteration
        digest = Data(checkpoint.digest.bytes)
        byteCount = UInt64(bitPattern: checkpoint.byteCount)
    }

    func model() throws -> Checkpoint {
        try Checked.present(hasIteration && hasByteCount, "checkpoint.iteration or byte_count")
        return Checkpoint(
            iteration: iteration, digest: try Checked.digest(digest, "checkpoint.digest"),
            byteCount: try Checked.amount(byteCount, atMost: Limits.checkpointBytes, "checkpoint.byte_count"))
    }
}

extension WirePing {
    init(_ held: [HeldAttempt]) {
        self.init()
        attempts = [WireTaskAttempt](held.map(\.attempt))
        // Absent where nothing is known, which is how the first edition spoke.
        if held.contains(where: { $0.iteration != 0 || $0.sinceStepMilliseconds != 0 }) {
            iterations = held.map(\.iteration)
            sinceStepMs = held.map(\.sinceStepMilliseconds)
        }
        if held.contains(where: \.hasEnded) { ended = held.map(\.hasEnded) }
    }

    func model() throws -> [HeldAttempt] {
        let attempts = try attempts.model(atMost: WireLimits.listed, "attempts")
        for (count, field) in [
            (iterations.count, "iterations"), (sinceStepMs.count, "since_step_ms"), (ended.count, "ended"),
        ] {
            guard count == 0 || count == attempts.count else {
                throw Malformed("\(field) has \(count) entries for \(attempts.count) attempts")
            }
        }
        return attempts.enumerated().map { place, attempt in
            HeldAttempt(
                attempt, iteration: iterations.isEmpty ? 0 : iterations[place],
                sinceStepMilliseconds: sinceStepMs.isEmpty ? 0 : sinceStepMs[place],
                hasEnded: !ended.isEmpty && ended[place])
        }
    }
}
