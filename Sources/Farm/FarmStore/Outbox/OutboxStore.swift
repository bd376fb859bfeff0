public import FarmModel
import Foundation
import Glibc
import Synchronization

/// A worker's results that the coordinator has not yet acknowledged, kept across crashes and restarts.
///
/// Each has a folder `<job>-<index>-<attempt>` with its files and `entry.json`. The order of things: `prepare(_:)` the
/// folder, write the files into it, `add(_:)` the entry, and only then tell anybody; `remove(_:)` when the
/// coordinator has answered. A folder without an entry is a leftover of a crash and is deleted at start: nobody has
/// heard of it, so the attempt simply counts as lost. An entry that cannot be read is a result that somebody may still
/// want: it is moved with its files into `damaged/`, where people may look at it, and nothing deletes it.
///
/// One process uses an outbox at a time. All calls block on the disk and may come from any thread.
public final class OutboxStore: Sendable {
    /// The folder that holds the attempts' folders.
    public let folder: String
    /// Entries it takes.
    public let maximumEntries: Int
    /// Leftovers without an entry that were deleted at start.
    public let discarded: Int
    /// Entries that could not be read at start: for each where it lies now, and why.
    public let damaged: [String]
    private let lock: Mutex<FolderLock?>

    /// Opens the outbox in a folder, made if need be, deletes half-written leftovers and sets damaged entries aside.
    ///
    /// - Throws: `StoreError`: `locked` if another worker uses the folder, or what the system says, also of an entry
    ///   that it does not let this process read.
    public init(folder: String, maximumEntries: Int = Limits.heldAttempts) throws {
        precondition(maximumEntries > 0, "an outbox for \(maximumEntries) entries")
        self.folder = folder
        self.maximumEntries = maximumEntries
        try Disk.makeFolder(folder, mode: 0o700)
        lock = Mutex(try FolderLock(folder: folder, owner: "worker"))
        var (discarded, damaged) = (0, [String]())
        for name in try OutboxStore.attempts(in: folder) {
            let path = "\(folder)/\(name)"
            guard Disk.exists("\(path)/\(OutboxStore.entryName)") else {
                try Disk.removeTree(path)
                discarded += 1
                continue
            }
            do {
                _ = try OutboxStore.read(path, name)
            } catch let error as StoreError where error.isOfTheContent {
                damaged.append("\(try OutboxStore.setAside(name, in: folder)): \(error)")
            }
        }
        (self.discarded, self.damaged) = (discarded, damaged)
    }

    /// Gives the folder free for another process.
    public func close() { lock.withLock { $0 = nil } }

    /// Makes the empty folder that the files of an attempt are written into, and returns its path.
    ///
    /// What was there of the same attempt is deleted, its entry included.
    ///
    /// - Throws: `StoreError`: `overLimit` if there are too many entries, or what the system says.
    public func prepare(_ attempt: TaskAttempt) throws -> String {
        try lock.withLock { _ in
            let path = path(of: attempt)
            try Disk.removeTree(path)
            try checkRoom()
            try Disk.makeFolder(path, mode: 0o700)
            return path
        }
    }

    /// The folder of an attempt's files.
    public func path(of attempt: TaskAttempt) -> String {
        "\(folder)/\(OutboxStore.name(of: attempt))"
    }

    /// Describes a file in an attempt's folder, reading it for its size and digest.
    ///
    /// Throws `StoreError` if it cannot be read.
    public func artifact(named name: String, kind: Artifact.Kind, of attempt: TaskAttempt) throws -> Artifact {
        let (byteCount, digest) = try Disk.digest(ofFile: "\(path(of: attempt))/\(name)")
        return Artifact(name: name, kind: kind, byteCount: byteCount, digest: digest)
    }

    /// Makes an entry and its files durable; when it returns the attempt may be reported.
    ///
    /// The same entry again is harmless; a failure needs no `prepare`.
    ///
    /// - Throws: `StoreError`: `badName`, `notFound` or `digestMismatch` if a listed file has a wrong name, is missing
    ///   or has another size, `overLimit` if there are too many entries or files, or what the system says.
    public func add(_ entry: OutboxEntry) throws {
        let data = try StoredEntry.encode(entry)
        try lock.withLock { _ in
            let path = path(of: entry.attempt)
            if !Disk.exists(path) {
                try checkRoom()
                try Disk.makeFolder(path, mode: 0o700)
            }
            if case .succeeded(let result) = entry.outcome { try makeDurable(result.artifacts, in: path) }
            FailPoint.beforeOutboxEntry.pass()
            var file = try AtomicFile("\(path)/\(OutboxStore.entryName)", mode: 0o600)
            try file.write(data)
            try file.commit()
            try Disk.sync(folder: folder)
            FailPoint.afterOutboxEntry.pass()
        }
    }

    /// All entries, by attempt.
    ///
    /// Throws `StoreError` if the folder cannot be listed or an entry was damaged since the start.
    public func load() throws -> [OutboxEntry] {
        try lock.withLock { _ in
            try OutboxStore.attempts(in: folder).compactMap { name in
                guard Disk.exists("\(folder)/\(name)/\(OutboxStore.entryName)") else { return nil }
                return try OutboxStore.read("\(folder)/\(name)", name)
            }.sorted { $0.attempt < $1.attempt }
        }
    }

    /// Deletes an entry and its files; none there is fine.
    ///
    /// Throws `StoreError` if something cannot be deleted.
    public func remove(_ attempt: TaskAttempt) throws {
        try lock.withLock { _ in
            let path = path(of: attempt)
            // The entry goes first: a crash between the two leaves a leftover, not an entry without files.
            try Disk.remove("\(path)/\(OutboxStore.entryName)")
            FailPoint.midOutboxRemoval.pass()
            try Disk.removeTree(path)
            try Disk.sync(folder: folder)
        }
    }

    private static let entryName = "entry.json"
    private static let damagedFolder = "damaged"

    /// Names of what is there of attempts.
    private static func attempts(in folder: String) throws -> [String] {
        try Disk.names(in: folder).filter { $0 != "lock" && $0 != damagedFolder }
    }

    /// Moves what is there of an attempt to where nobody reads it; returns its new path.
    private static func setAside(_ name: String, in folder: String) throws -> String {
        try Disk.makeFolder("\(folder)/\(damagedFolder)", mode: 0o700)
        let wanted = "\(folder)/\(damagedFolder)/\(name)"
        let path = Disk.exists(wanted) ? (2...).lazy.map { "\(wanted)-\($0)" }.first { !Disk.exists($0) } : wanted
        guard let path else { preconditionFailure("numbers do not end") }
        try Disk.rename("\(folder)/\(name)", to: path)
        try Disk.sync(folder: folder)
        return path
    }

    private static func name(of attempt: TaskAttempt) -> String {
        "\(attempt.task.job.number)-\(attempt.task.index)-\(attempt.attempt)"
    }

    private static func read(_ path: String, _ name: String) throws -> OutboxEntry {
        let file = try File("\(path)/\(entryName)", O_RDONLY | O_NOFOLLOW, what: "cannot read an entry")
        let bytes = try file.read(at: 0, count: StoreLimits.entryBytes + 1)
        guard bytes.count <= StoreLimits.entryBytes else {
            throw StoreError(
                .overLimit, what: "an entry of too many octets", at: path,
                hint: "its task will be rendered again; delete the folder when it is of no use")
        }
        let entry = try StoredEntry.decode(Data(bytes), at: path)
        guard OutboxStore.name(of: entry.attempt) == name else {
            throw StoreError(
                .corrupt, what: "the entry belongs to \(entry.attempt)", at: path,
                hint: "its task will be rendered again; delete the folder when it is of no use")
        }
        return entry
    }

    private func checkRoom() throws {
        let count = try OutboxStore.attempts(in: folder).count
        guard count < maximumEntries else {
            throw StoreError(
                .overLimit, what: "\(count) results wait to be reported", at: folder,
                hint: "take no new work until the coordinator has answered")
        }
    }

    private func makeDurable(_ artifacts: [Artifact], in path: String) throws {
        guard artifacts.count <= Limits.artifacts else {
            throw StoreError(
                .overLimit, what: "\(artifacts.count) files", at: path, hint: "at most \(Limits.artifacts) are taken")
        }
        for artifact in artifacts {
            guard JobSpec.isFileName(artifact.name), artifact.name != OutboxStore.entryName else {
                throw StoreError(
                    .badName, what: "\"\(artifact.name)\" is no name for a file", at: path,
                    hint: "use letters, digits, '.', '_' and '-', not starting with a dot")
            }
            let file = try File("\(path)/\(artifact.name)", O_RDONLY | O_NOFOLLOW, what: "cannot read a result")
            let size = Disk.size(ofFile: "\(path)/\(artifact.name)") ?? 0
            guard size == artifact.byteCount else {
                throw StoreError(
                    .digestMismatch, what: "the file has \(size) octets, not \(artifact.byteCount)",
                    at: "\(path)/\(artifact.name)", hint: "describe the file after it was closed")
            }
            try file.sync()
        }
    }
}

extension StoreError {
    /// Whether what was read is to blame, and not the system that reads it.
    fileprivate var isOfTheContent: Bool {
        switch reason {
        case .corrupt, .newerVersion, .overLimit, .badName, .inTheWay: true
        case .diskFull, .permission, .notFound, .locked, .ruleViolated, .gap, .digestMismatch, .system: false
        }
    }
}
