import Glibc

/// The folder `keys` in a coordinator's state: its own pair, who is admitted, and a client's access for this machine.
///
/// The daemon and the command change the same files: each change reads, changes and replaces under the system's lock.
public struct KeyFolder: Sendable {
    /// The folder; mode 0700.
    public let path: String

    /// The coordinator's own keys.
    public var serverFile: String { path + "/server.json" }
    /// Who is admitted, and the join files that are out.
    public var bookFile: String { path + "/allowed.json" }
    /// Access for clients on this machine, written at every start of the coordinator.
    public var accessFile: String { path + "/access.json" }
    /// The same, without looking at the folder.
    public static func accessFile(in stateFolder: String) -> String { stateFolder + "/keys/access.json" }
    /// Where newcomers knock and what else join files need, written at every start.
    public var portsFile: String { path + "/ports.json" }

    /// Whether a folder is the state of a coordinator, or has been.
    public static func isState(_ folder: String) -> Bool {
        ["/keys/server.json", "/farm.sqlite"].contains { access(folder + $0, F_OK) == 0 }
    }

    /// The folder of a coordinator's state, made if there is none.
    ///
    /// - Throws: `KeyError` if it cannot be made or others could read it.
    public init(stateFolder: String) throws(KeyError) {
        path = stateFolder + "/keys"
        if mkdir(path, 0o700) == 0 {
            let made = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            if made >= 0 {
                SecretFile.giveAway(made, asOwnerOf: stateFolder)
                close(made)
            }
        } else if errno != EEXIST {
            throw SecretFile.system("cannot make the folder of keys", path)
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw SecretFile.system("cannot use the folder of keys", path) }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyError("others can enter the folder of keys", at: path, hint: "chmod 700 \(path)")
        }
    }

    /// The coordinator's keys, made at the first start.
    public func serverKeys() throws(KeyError) -> ServerKeys {
        try locked { () throws(KeyError) in
            if access(serverFile, F_OK) == 0 { return try SecretFile.read(ServerKeys.self, at: serverFile) }
            let keys = ServerKeys(current: try .make())
            try SecretFile.write(keys, to: serverFile, ownedAs: path)
            return keys
        }
    }

    /// Changes the coordinator's keys.
    public func changeServerKeys(_ body: (inout ServerKeys) throws(KeyError) -> Void) throws(KeyError) {
        _ = try serverKeys()
        try locked { () throws(KeyError) in
            var keys = try SecretFile.read(ServerKeys.self, at: serverFile)
            try body(&keys)
            try SecretFile.write(keys, to: serverFile, ownedAs: path)
        }
    }

    /// The book as it is now.
    public func book() throws(KeyError) -> KeyBook {
        // Only where there is none is it empty: one that cannot be looked at is an error, and not nobody.
        guard access(bookFile, F_OK) == 0 || errno != ENOENT else { return KeyBook() }
        return try SecretFile.read(KeyBook.self, at: bookFile)
    }

    /// Changes the book; what the closure returns is durable by then.
    ///
    /// If it throws, nothing changes. `then` gets the new book while nobody else can change it: whoever takes books up
    /// there takes them up in the order in which they were written.
    @discardableResult
    public func change<Value, Failure: Error>(
        _ body: (inout KeyBook) throws(Failure) -> Value, then: (KeyBook) -> Void = { _ in }
    ) throws(KeyError) -> Result<Value, Failure> {
        try locked { () throws(KeyError) in
            let old = try book()
            var new = old
            let result: Result<Value, Failure>
            do throws(Failure) { result = .success(try body(&new)) } catch { return .failure(error) }
            if new != old { try SecretFile.write(new, to: bookFile, ownedAs: path) }
            then(new)
            return result
        }
    }

    /// Reads the book and the coordinator's keys while nobody can change them.
    public func read<Value>(_ body: (KeyBook, ServerKeys) -> Value) throws(KeyError) -> Value {
        try locked { () throws(KeyError) in
            body(try book(), try SecretFile.read(ServerKeys.self, at: serverFile))
        }
    }

    /// Changes whenever a file was replaced, or may be read by others than before: what a watcher compares.
    public var version: [Int64] {
        [bookFile, serverFile].flatMap { file -> [Int64] in
            var status = stat()
            guard stat(file, &status) == 0 else { return [Int64(errno)] }
            return [
                Int64(truncatingIfNeeded: status.st_ino), Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec),
                Int64(status.st_ctim.tv_sec), Int64(status.st_ctim.tv_nsec), Int64(status.st_uid),
                Int64(status.st_size),
            ]
        }
    }

    private func locked<Value>(_ body: () throws(KeyError) -> Value) throws(KeyError) -> Value {
        let file = path + "/lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SecretFile.system("cannot lock the folder of keys", file) }
        defer { close(descriptor) }
        // Made by root, it would lock the coordinator out.
        SecretFile.giveAway(descriptor, asOwnerOf: path)
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw SecretFile.system("cannot lock the folder of keys", file) }
        }
        return try body()
    }
}
