import Foundation
import Glibc

/// A file system in memory that can be filled: how a disk gets full without filling the machine's.
final class Volume {
    struct NotPermitted: Error, CustomStringConvertible {
        let description: String
    }

    let folder: String
    private var ballast: String { folder + "/.ballast" }

    /// Mounts one; throws where this process may not.
    init(at folder: String, octets: Int) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard mount("tmpfs", folder, "tmpfs", UInt(MS_NOSUID | MS_NODEV), "size=\(octets),mode=755") == 0 else {
            throw NotPermitted(description: "mounting a small volume: \(String(cString: strerror(errno)))")
        }
        self.folder = folder
    }

    /// Takes all the space that is left.
    func fill() {
        let file = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        var length: off_t = 0
        var piece: off_t = 64 << 20
        while piece >= 4096 {
            if posix_fallocate(file, length, piece) == 0 { length += piece } else { piece /= 2 }
        }
    }

    /// Gives the space back.
    func empty() { unlink(ballast) }

    /// Takes it away again; what lies there is gone.
    func unmount() { umount2(folder, Int32(MNT_DETACH)) }
}
