import Glibc

/// The exclusive use of a folder by one process, held until released or until the process ends.
///
/// The lock is the system's (`flock`) on a file in the folder, so it cannot outlive a crash; the process number inside
/// only serves the error text.
final class FolderLock: Sendable {
    private let file: File

    /// Takes the lock, or says who has it.
    init(folder: String, owner: String) throws {
        let path = "\(folder)/lock"
        file = try File(path, O_RDWR | O_CREAT | O_NOFOLLOW, what: "cannot open the lock")
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            guard errno == EWOULDBLOCK else {
                throw StoreError.system(errno, what: "cannot lock the folder", at: path)
            }
            let text = String(decoding: try file.read(at: 0, count: 16), as: UTF8.self)
            let pid = Int32(text.prefix { $0.isNumber })
            throw StoreError(
                .locked(pid: pid),
                what: "another \(owner)\(pid.map { " (process \($0))" } ?? "") uses this folder", at: folder,
                hint: "stop it first, or give this one a folder of its own")
        }
        try file.truncate(to: 0)
        try Array("\(getpid())\n".utf8).withUnsafeBytes { try file.write($0, at: 0) }
    }
}
