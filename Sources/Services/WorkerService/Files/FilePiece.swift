import Foundation
import Glibc

/// A piece of a file, read into the memory that it is sent from.
enum FilePiece {
    /// So many octets from an offset on, fewer at the end of the file; throws `POSIXError`.
    static func read(_ path: String, at offset: Int64, count: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset) + off_t(filled))
                if got < 0 && errno == EINTR { continue }
                guard got >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
                if got == 0 { break }
                filled += got
            }
        }
    }
}
