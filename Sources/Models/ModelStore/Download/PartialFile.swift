import Crypto
import Foundation
import Glibc

/// A file that came whole and verified; nobody else may go on with it or change it while this object lives.
public final class DownloadedFile: Sendable {
    /// Where it lies, for the caller to install or delete.
    public let path: String
    /// SHA-256 of its content, 64 lowercase hexadecimal digits.
    public let sha256: String
    private let part: PartialFile

    init(_ part: PartialFile, sha256: String) {
        self.part = part
        path = part.path
        self.sha256 = sha256
    }

    deinit { part.release() }
}

/// A download's octets on disk, kept across attempts and runs.
///
/// `<key>.part` holds the octets, `<key>.etag` the server's mark of the version they are of. The key is the digest the
/// file must have, or that of its address. One process at a time may go on with a part.
final class PartialFile: Sendable {
    let path: String
    private let file: OpenFile
    private let markPath: String

    init(of request: DownloadRequest, in folder: String) throws(ModelStoreError) {
        try FileSystem.makeFolder(folder)
        let address = SHA256.hash(data: Data(request.url.absoluteString.utf8)).hexadecimal
        let key = request.sha256 ?? "url-\(address)"
        path = "\(folder)/\(key).part"
        markPath = "\(folder)/\(key).etag"
        var file: OpenFile
        repeat {
            file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            guard try file.lock(waiting: false) else {
                throw ModelStoreError(
                    .busy, "another process fetches it already", at: request.place,
                    hint: "wait for it to end, then run this again")
            }
            // Who had the lock until now may have moved the file to its place in the store.
        } while !file.isInPlace
        self.file = file
    }

    /// Octets that are here.
    var size: Int64 { FileIdentity(file.descriptor)?.size ?? 0 }

    /// The server's mark of the version that the octets are of.
    var mark: String? {
        guard let data = FileManager.default.contents(atPath: markPath), data.count < 1024 else { return nil }
        return String(data: data, encoding: .utf8)
    }

    func append(_ bytes: Data, at offset: Int64) throws(ModelStoreError) { try file.write(bytes, at: offset) }

    func start(over mark: String?) throws(ModelStoreError) {
        try file.truncate(to: 0)
        try FileSystem.remove(markPath)
        // A mark is for `If-Range`, which takes strong ones only.
        guard let mark, !mark.hasPrefix("W/"), mark.utf8.count < 1024 else { return }
        try FileSystem.write(Array(mark.utf8), to: markPath)
    }

    func sync() throws(ModelStoreError) { try file.sync() }

    /// Deletes all of it.
    func discard() {
        unlink(path)
        unlink(markPath)
    }

    /// Lets others go on; a session may hold on to this object for a while.
    func release() { file.unlock() }

    /// Forgets the mark of a part that has become a file.
    func complete() { unlink(markPath) }
}
