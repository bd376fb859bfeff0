public import FarmModel
import GRDB

// Who only asks changes nothing, whatever version of the program the folder is from.
extension FarmStore {
    /// Reads the records of a farm as they are, and leaves its folder as it is.
    ///
    /// Tables of an earlier version are brought up to date in memory only. The folder is locked meanwhile.
    ///
    /// - Parameter folder: where the farm is kept.
    /// - Returns: what a coordinator would go on from.
    /// - Throws: `StoreError`: `locked` if a coordinator uses the folder, `newerVersion` if a later program has changed
    ///   its tables, `corrupt` if they cannot be read, or what the system says.
    public static func look(at folder: String) throws -> Snapshot {
        let lock = try FolderLock(folder: folder, owner: "coordinator")
        defer { withExtendedLifetime(lock) {} }
        let path = "\(folder)/farm.sqlite"
        return try translating("cannot read the farm", path) {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            configuration.label = "farm-look"
            let file = try DatabaseQueue(path: path, configuration: configuration)
            try refuseNewer(file, at: path)
            let migrator = Schema.migrator()
            guard try !file.read(migrator.hasCompletedMigrations) else { return try snapshot(of: file, path) }
            let copy = try DatabaseQueue()
            try file.backup(to: copy)
            try migrator.migrate(copy)
            return try snapshot(of: copy, path)
        }
    }

    private static func snapshot(of database: some DatabaseReader, _ path: String) throws -> Snapshot {
        try database.read { try SnapshotReader(db: $0, path: path).snapshot() }
    }

    /// Throws `newerVersion` if a later program has changed the tables.
    static func refuseNewer(_ database: some DatabaseReader, at path: String) throws {
        guard try !database.read(Schema.migrator().hasBeenSuperseded) else {
            throw StoreError(
                .newerVersion, what: "a later version of this program has changed the tables", at: path,
                hint: "run that version, or restore the folder from before the change")
        }
    }
}
