import Foundation
import Glibc

/// Files that hold secrets: mode 0600, whole or not at all, and read only if nobody else can.
public enum SecretFile {
    /// Reads a JSON file that only its owner can read.
    ///
    /// - Throws: `KeyError`: there is none, others can read it, or it is no such file.
    public static func read<Value: Decodable>(_ type: Value.Type, at path: String) throws(KeyError) -> Value {
        let bytes = try self.bytes(at: path)
        if let version = (try? JSONDecoder().decode(Versioned.self, from: Data(bytes)))?.version, version > 1 {
            throw KeyError(
                "a later version wrote this file of keys (\(version))", at: path,
                hint: "run that version of atelier, or make the file again with this one")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw KeyError("this is no file of that kind", at: path, hint: "make it again or restore it")
        }
    }

    /// Writes a JSON file of mode 0600 under its name, complete and durable.
    ///
    /// Written by root, it belongs to whoever owned the file before, or else to the owner of `model`, if that is given:
    /// a coordinator must be able to read its keys also after `sudo atelier keys revoke`.
    public static func write<Value: Encodable>(
        _ value: Value, to path: String, ownedAs model: String? = nil
    ) throws(KeyError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let bytes = [UInt8](try encoder.encode(value)) + [10]
            try replace(path, with: bytes, ownedAs: model)
        } catch let error as KeyError { throw error } catch {
            throw KeyError("cannot write: \(error)", at: path, hint: "this should not happen; report it")
        }
    }

    /// What all files of keys have in common; one without a version is of the first.
    private struct Versioned: Decodable {
        var version: Int?
    }

    private static func bytes(at path: String) throws(KeyError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw system("cannot read the file of keys", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw KeyError("this is no file of keys", at: path, hint: "name a regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw KeyError("others can read this file of keys (mode \(mode))", at: path, hint: "chmod 600 \(path)")
        }
        guard status.st_size <= KeyLimits.fileBytes else {
            throw KeyError("this file of keys is too large", at: path, hint: "restore it from a backup")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw system("cannot read the file of keys", path) }
            done += count
        }
        return bytes
    }

    /// Gives what root has made to the owner of another file: an open folder, or an empty file of no other name.
    ///
    /// Nothing else, or that owner could put there what he wants to have, by a link.
    static func giveAway(_ descriptor: CInt, asOwnerOf model: String) {
        guard geteuid() == 0, let owner = owner(of: model), owner.user != 0 else { return }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_uid == 0 else { return }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        if isFolder || (status.st_nlink == 1 && status.st_size == 0) { fchown(descriptor, owner.user, owner.group) }
    }

    private static func owner(of path: String) -> (user: uid_t, group: gid_t)? {
        var status = stat()
        return lstat(path, &status) == 0 ? (status.st_uid, status.st_gid) : nil
    }

    private static func replace(
        _ path: String, with bytes: [UInt8], ownedAs model: String?
    ) throws(KeyError) {
        let temporary = path + ".part"
        unlink(temporary)
        // Made with its mode: it is at no time open to others.
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw system("cannot write a file of keys", path) }
        let owners = [path, model].compactMap { $0 }.compactMap(owner(of:))
        if geteuid() == 0, let owner = owners.first(where: { $0.user != 0 }) {
            fchown(descriptor, owner.user, owner.group)
        }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            done += count
        }
        let isDurable = done == bytes.count && fsync(descriptor) == 0
        let failure = errno
        close(descriptor)
        guard isDurable, rename(temporary, path) == 0 else {
            if isDurable == false { errno = failure }
            let error = system("cannot write a file of keys", path)
            unlink(temporary)
            throw error
        }
        syncFolder(of: path)
    }

    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    static func system(_ what: String, _ path: String) -> KeyError {
        let code = errno
        switch code {
        case ENOENT: return KeyError(what, at: path, hint: "there is no such file or folder")
        case EACCES, EPERM, EROFS: return KeyError(what, at: path, hint: "it belongs to another user, or is read-only")
        case ENOSPC, EDQUOT: return KeyError(what, at: path, hint: "the volume is full; free some space")
        default: return KeyError(what, at: path, hint: "the system says: \(String(cString: strerror(code)))")
        }
    }
}
