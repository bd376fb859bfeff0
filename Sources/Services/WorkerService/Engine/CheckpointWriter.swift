import FarmModel
import Foundation
import Glibc

/// Drops the checkpoints of one task: decides when one is due and writes it.
///
/// Left to itself it spends less than a hundredth of the time on them: the next one is due a hundred times as long
/// after the last as that one took, and half a minute after it at the earliest.
struct CheckpointWriter {
    private let wish: EngineTask.Checkpoints
    private let clock = SuspendingClock()
    private var last: SuspendingClock.Instant
    private var pause: Duration

    init(_ wish: EngineTask.Checkpoints) {
        self.wish = wish
        pause = wish.everyMilliseconds.map { .milliseconds($0) } ?? Limits.checkpointInterval
        last = clock.now
    }

    /// Whether one is due.
    var isDue: Bool { clock.now - last >= pause }

    /// Writes one; throws `EngineFailure` of the kind `storage` if the disk does not take it.
    ///
    /// It appears under its name when it is complete. It need not survive a loss of power: the attempt would not either.
    mutating func write(_ make: () -> [UInt8], iteration: Int) throws -> EngineCheckpoint {
        let start = clock.now
        let bytes = make()
        let file = "checkpoint-\(iteration)"
        let (path, part) = ("\(wish.folder)/\(file)", "\(wish.folder)/.\(file).part")
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: part))
            guard rename(part, path) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        } catch {
            unlink(part)
            throw EngineFailure(.storage, "cannot write a checkpoint: \(error)")
        }
        let digest = Digest(of: bytes).description
        last = clock.now
        if wish.everyMilliseconds == nil { pause = max(Limits.checkpointInterval, (last - start) * 100) }
        return EngineCheckpoint(iteration: iteration, file: file, byteCount: Int64(bytes.count), sha256: digest)
    }
}
