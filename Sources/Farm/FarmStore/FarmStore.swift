public import FarmModel
import Foundation
import GRDB
import Glibc
import Synchronization

public import enum FarmModel.Record

/// What a coordinator remembers: jobs, attempts and results in a database, files as blobs beside it.
///
/// The folder holds `farm.sqlite`, `blobs/`, `incoming/` and `lock`, readable by its owner only. SQLite runs with a
/// write-ahead log and `synchronous = FULL`: when `commit(_:)` returns, the records survive a loss of power.
///
/// There is one writer, the coordinator's loop. Every call blocks on the disk, so call from a thread of its own, never
/// from the cooperative pool; calls from several threads are safe, and reads do not wait for writes.
public final class FarmStore: Sendable {
    /// The folder given.
    public let folder: String
    /// How often a coordinator has started here, this time included.
    public let epoch: UInt64
    /// The files of results.
    public let blobs: BlobStore

    let pool: DatabasePool
    private let lock: Mutex<FolderLock?>
    /// Jobs of which something was wanted again since their completion was begun.
    let reopened = Mutex<Set<JobID>>([])

    /// Opens the state of a farm, made if there is none, and counts this start.
    ///
    /// - Parameters:
    ///   - folder: where it is kept.
    ///   - configuration: bounds of the blobs.
    ///   - isStart: whether a coordinator starts; whoever only looks, or changes a record or two, does not count.
    /// - Throws: `StoreError`: `locked` if another coordinator uses the folder, `corrupt` if the database fails its
    ///   check, `newerVersion` if a later program has changed its tables, or what the system says.
    public init(folder: String, blobs configuration: BlobStore.Configuration = .init(), isStart: Bool = true) throws {
        try Disk.makeFolder(folder, mode: 0o700)
        guard chmod(folder, 0o700) == 0 else {
            throw StoreError.system(errno, what: "cannot make the folder private", at: folder)
        }
        self.folder = folder
        lock = Mutex(try FolderLock(folder: folder, owner: "coordinator"))
        let path = "\(folder)/farm.sqlite"
        (pool, epoch) = try FarmStore.translating("cannot open the database", path) {
            let pool = try FarmStore.open(path)
            return (pool, try FarmStore.countStart(pool, by: isStart ? 1 : 0))
        }
        blobs = try BlobStore(folder: folder, configuration: configuration)
    }

    /// Moves the log into the database, closes it and gives the folder free; later calls throw.
    ///
    /// Throws `StoreError` if a read is still under way.
    public func close() throws {
        try translating("cannot close the database") {
            // Otherwise the log would stay: the connection that closes last may be a reader's.
            _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try pool.close()
        }
        lock.withLock { $0 = nil }
    }

    /// Reads everything a coordinator needs to go on; only tasks that were tried are listed.
    ///
    /// Throws `StoreError` if the database cannot be read or holds what no version of this program wrote.
    public func load() throws -> Snapshot {
        try read("cannot read the farm") { try SnapshotReader(db: $0, path: pool.path).snapshot() }
    }

    /// Records facts, all of them or none, and returns when they are durable.
    ///
    /// Rules of `Record` are checked again here, in the database itself: a number given out twice, a task that ends
    /// twice or a result without its attempt can never be written, whatever the caller believes.
    ///
    /// - Throws: `StoreError`: `ruleViolated` if a record contradicts what is stored, `diskFull`, or what the database
    ///   says. Nothing was recorded then.
    public func commit(_ records: [Record]) throws {
        guard !records.isEmpty else { return }
        FailPoint.beforeCommit.pass()
        try write("cannot record") { db in
            var writer = RecordWriter(db)
            for record in records {
                if case .taskRequeued(let task, _) = record { _ = reopened.withLock { $0.insert(task.job) } }
                try writer.apply(record)
            }
            FailPoint.inCommit.pass()
        }
        FailPoint.afterCommit.pass()
    }

    func read<Value>(_ what: String, _ body: (Database) throws -> Value) throws -> Value {
        try translating(what) { try pool.read(body) }
    }

    func write<Value>(_ what: String, _ body: (Database) throws -> Value) throws -> Value {
        try translating(what) { try pool.write(body) }
    }

    private func translating<Value>(_ what: String, _ body: () throws -> Value) throws -> Value {
        try FarmStore.translating(what, pool.path, body)
    }

    /// Runs something with the database; its errors come out as `StoreError`.
    static func translating<Value>(
        _ what: String, _ path: String, _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreError.database(error, what: what, at: path)
        }
    }

    private static func open(_ path: String) throws -> DatabasePool {
        // Made beforehand for the sake of its mode, which SQLite copies to the log.
        _ = try File(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600, what: "cannot open the database")
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.label = "farm"
        let pool = try DatabasePool(path: path, configuration: configuration)
        // The pool sets NORMAL, which may lose the last commits when the power goes.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let verdict = try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(1)") }
        guard verdict == ["ok"] else { throw StoreError.corruptDatabase(verdict.joined(separator: "; "), at: path) }
        try refuseNewer(pool, at: path)
        try Schema.migrator().migrate(pool)
        return pool
    }

    private static func countStart(_ pool: DatabasePool, by count: Int) throws -> UInt64 {
        try pool.write { db in
            try db.execute(sql: "UPDATE farm SET epoch = epoch + ? WHERE id = 1", arguments: [count])
            return UInt64(try Int64.fetchOne(db, sql: "SELECT epoch FROM farm WHERE id = 1") ?? 0)
        }
    }
}
