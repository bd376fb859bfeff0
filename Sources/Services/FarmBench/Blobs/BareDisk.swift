import FarmModel
import Glibc
import Synchronization

/// What the disk of the coordinator's state takes when nothing else is done: the same octets, written and made durable.
final class BareDisk: Sendable {
    private let path: String
    private let content: BlobContent
    private let measured = Mutex<Double?>(nil)

    /// Prepares to write a file at a path where none is.
    init(_ path: String, _ content: BlobContent) {
        self.path = path
        self.content = content
    }

    /// Octets a second until all of them were durable, once they are.
    func rate() throws -> Double {
        guard let seconds = measured.withLock({ $0 }) else { throw FarmBenchError("nothing was written to \(path)") }
        return Double(content.size) / seconds
    }

    /// Writes them, and deletes the file; blocks the calling thread.
    func write() throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FarmBenchError("cannot write \(path): error \(errno)") }
        defer {
            close(descriptor)
            unlink(path)
        }
        let start = Stopwatch.microseconds
        var offset: Int64 = 0
        while offset < content.size {
            let piece = content.read(at: offset, count: Limits.chunkBytes)
            guard Glibc.write(descriptor, piece, piece.count) == piece.count else {
                throw FarmBenchError("cannot write \(path): error \(errno)")
            }
            offset += Int64(piece.count)
        }
        guard fsync(descriptor) == 0 else { throw FarmBenchError("cannot make \(path) durable: error \(errno)") }
        measured.withLock { $0 = Stopwatch.seconds(since: start) }
    }
}
