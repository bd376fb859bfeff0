import Crypto
import Foundation
import Glibc

/// SHA-256 of files, remembered between runs.
///
/// A checkpoint of a gigabyte takes seconds to hash and is named in every run. The digest of a large file is noted in a
/// cache folder under the file's device and inode, with its size and times of change; whatever changes the content
/// changes those, so a note that still fits is taken for the digest. A file that changed in the last seconds is never
/// noted: its times could stay the same through one more change.
public struct FileDigest: Sendable {
    /// Where digests are noted; nil notes none.
    public var notes: String?

    /// The user's cache: `$XDG_CACHE_HOME/atelier/digests`, by default below `~/.cache`.
    public static let shared: FileDigest = {
        let environment = ProcessInfo.processInfo.environment
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return FileDigest(notes: cache + "/atelier/digests")
        }
        return FileDigest(notes: environment["HOME"].map { $0 + "/.cache/atelier/digests" })
    }()

    /// Makes a digester with notes in a folder, or without any.
    public init(notes: String?) { self.notes = notes }

    /// 64 lowercase hexadecimal digits, and the file's size; throws if it cannot be read.
    public func of(_ path: String) throws(ModelStoreError) -> (sha256: String, byteCount: Int64) {
        let file = try OpenFile(path, O_RDONLY | O_NONBLOCK)
        guard let identity = FileIdentity(file.descriptor) else {
            throw ModelStoreError(.damaged, "is no regular file", at: path, hint: "name the file itself")
        }
        if let noted = noted(identity) { return (noted, identity.size) }
        let (digest, count) = try FileDigest.hash(file)
        if count == identity.size, FileIdentity(file.descriptor) == identity { note(digest, of: identity) }
        return (digest, count)
    }

    /// The digest by reading every octet, whatever is noted.
    public func byReading(_ path: String) throws(ModelStoreError) -> (sha256: String, byteCount: Int64) {
        try FileDigest.hash(try OpenFile(path, O_RDONLY | O_NONBLOCK))
    }

    private static func hash(_ file: OpenFile) throws(ModelStoreError) -> (String, Int64) {
        var hash = SHA256()
        var offset: Int64 = 0
        while true {
            let piece = try file.read(at: offset, count: Limits.bufferBytes)
            if piece.isEmpty { return (hash.finalize().hexadecimal, offset) }
            hash.update(data: piece)
            offset += Int64(piece.count)
        }
    }

    // MARK: - Notes

    private func noted(_ identity: FileIdentity) -> String? {
        guard let path = notePath(identity), let data = FileManager.default.contents(atPath: path) else { return nil }
        let words = String(decoding: data.prefix(512), as: UTF8.self).split(separator: "\n")
        guard words.count == 2, words[0] == identity.state, InstalledModel.isDigest(String(words[1])) else {
            return nil
        }
        return String(words[1])
    }

    /// Writing a note may fail without harm: the file is then hashed again.
    private func note(_ digest: String, of identity: FileIdentity) {
        guard let path = notePath(identity), identity.isSettled(at: time(nil)) else { return }
        do {
            try FileSystem.makeFolder(FileSystem.folder(of: path))
            try FileSystem.write(Array("\(identity.state)\n\(digest)\n".utf8), to: path)
        } catch {
            return
        }
    }

    private func notePath(_ identity: FileIdentity) -> String? {
        guard let notes, identity.size >= Limits.notedBytes else { return nil }
        return "\(notes)/\(identity.device)-\(identity.inode)"
    }
}

/// What tells a file's content from any other without reading it.
struct FileIdentity: Hashable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    private let modified: (seconds: Int, nanoseconds: Int)
    private let changed: (seconds: Int, nanoseconds: Int)

    /// Of an open regular file; nil for anything else.
    init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        changed = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
    }

    /// Size and times as text.
    var state: String {
        "\(size) \(modified.seconds).\(modified.nanoseconds) \(changed.seconds).\(changed.nanoseconds)"
    }

    /// Whether the last change lies so far back that another one would show in the times.
    func isSettled(at now: Int) -> Bool { max(modified.seconds, changed.seconds) < now - 2 }

    static func == (a: FileIdentity, b: FileIdentity) -> Bool {
        a.device == b.device && a.inode == b.inode && a.state == b.state
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(inode)
        hasher.combine(state)
    }
}

extension SHA256Digest {
    /// 64 lowercase hexadecimal digits.
    var hexadecimal: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
