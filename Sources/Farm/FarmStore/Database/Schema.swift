import FarmModel
import GRDB

/// The tables of a farm and how they came about; a migration is never edited once released.
///
/// Ranges are those of the model's types: the check at the start then finds a damaged number before it is read.
/// A row in `tasks` exists only for a task that was tried or failed: a sweep of a million tasks begins as one row.
enum Schema {
    static func migrator() -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in try db.execute(sql: version1) }
        migrator.registerMigration("v2") { db in
            try db.execute(sql: version2)
            try db.execute(sql: version2Keeping)
            try JobBlobs.noteAll(in: db)
        }
        return migrator
    }

    /// How an attempt stands, in the column `attempts.outcome`.
    enum AttemptOutcome: Int {
        /// Offered or running.
        case open = 0
        case succeeded = 1
        case failed = 2
        /// Over without a verdict: cancelled, given back, or a later attempt was given out.
        case dropped = 3
    }

    /// How a task stands, in the column `tasks.outcome`.
    enum TaskOutcome: Int {
        case open = 0
        case succeeded = 1
        case failed = 2
    }

    /// The column of `tasks` that counts the failures of a class.
    static func column(of failureClass: Failure.Class) -> String {
        switch failureClass {
        case .infrastructure: "failures_infrastructure"
        case .busy: "failures_busy"
        case .task: "failures_task"
        case .badOutput: "failures_bad_output"
        case .configuration: "failures_configuration"
        }
    }

    private static let version1 = """
        CREATE TABLE farm (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch INTEGER NOT NULL CHECK (epoch >= 0)
        ) STRICT;
        INSERT INTO farm (id, epoch) VALUES (1, 0);

        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY CHECK (id > 0),
            name TEXT NOT NULL UNIQUE CHECK (length(name) > 0),
            key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
            spec BLOB NOT NULL,
            task_count INTEGER NOT NULL CHECK (task_count > 0),
            cancelled INTEGER NOT NULL DEFAULT 0 CHECK (cancelled IN (0, 1)),
            submitted_at INTEGER NOT NULL,
            cancelled_at INTEGER,
            CHECK ((cancelled = 1) = (cancelled_at IS NOT NULL))
        ) STRICT;

        CREATE TABLE tasks (
            job INTEGER NOT NULL REFERENCES jobs (id),
            idx INTEGER NOT NULL CHECK (idx BETWEEN 0 AND 4294967295),
            attempt INTEGER NOT NULL CHECK (attempt BETWEEN 0 AND 4294967295),
            leased_to TEXT,
            outcome INTEGER NOT NULL DEFAULT 0 CHECK (outcome IN (0, 1, 2)),
            succeeded_attempt INTEGER CHECK (succeeded_attempt BETWEEN 1 AND attempt),
            failure_class TEXT,
            failure_message TEXT,
            ended_at INTEGER,
            failures_infrastructure INTEGER NOT NULL DEFAULT 0
                CHECK (failures_infrastructure BETWEEN 0 AND 4294967295),
            failures_busy INTEGER NOT NULL DEFAULT 0
                CHECK (failures_busy BETWEEN 0 AND 4294967295),
            failures_task INTEGER NOT NULL DEFAULT 0
                CHECK (failures_task BETWEEN 0 AND 4294967295),
            failures_bad_output INTEGER NOT NULL DEFAULT 0
                CHECK (failures_bad_output BETWEEN 0 AND 4294967295),
            failures_configuration INTEGER NOT NULL DEFAULT 0
                CHECK (failures_configuration BETWEEN 0 AND 4294967295),
            PRIMARY KEY (job, idx),
            CHECK ((outcome = 1) = (succeeded_attempt IS NOT NULL)),
            CHECK ((outcome = 2) = (failure_class IS NOT NULL)),
            CHECK ((failure_class IS NULL) = (failure_message IS NULL)),
            CHECK (outcome = 0 OR (leased_to IS NULL AND ended_at IS NOT NULL)),
            CHECK (leased_to IS NULL OR attempt > 0)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE attempts (
            job INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            attempt INTEGER NOT NULL CHECK (attempt BETWEEN 1 AND 4294967295),
            worker TEXT NOT NULL,
            started_at INTEGER,
            ended_at INTEGER,
            outcome INTEGER NOT NULL DEFAULT 0 CHECK (outcome IN (0, 1, 2, 3)),
            failure_class TEXT,
            failure_message TEXT,
            PRIMARY KEY (job, idx, attempt),
            FOREIGN KEY (job, idx) REFERENCES tasks (job, idx),
            CHECK ((outcome = 0) = (ended_at IS NULL)),
            CHECK ((outcome = 2) = (failure_class IS NOT NULL)),
            CHECK ((failure_class IS NULL) = (failure_message IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE results (
            job INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            wall_ms INTEGER NOT NULL CHECK (wall_ms >= 0),
            published INTEGER NOT NULL DEFAULT 0 CHECK (published IN (0, 1)),
            PRIMARY KEY (job, idx),
            FOREIGN KEY (job, idx, attempt) REFERENCES attempts (job, idx, attempt)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX results_unpublished ON results (job, idx) WHERE published = 0;

        CREATE TABLE artifacts (
            job INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            position INTEGER NOT NULL CHECK (position >= 0),
            name TEXT NOT NULL,
            published_name TEXT NOT NULL,
            kind TEXT NOT NULL,
            byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            PRIMARY KEY (job, idx, position),
            UNIQUE (job, kind, published_name),
            FOREIGN KEY (job, idx) REFERENCES results (job, idx)
        ) STRICT, WITHOUT ROWID;

        -- A value that is not a number is stored as NULL.
        CREATE TABLE metrics (
            job INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            position INTEGER NOT NULL CHECK (position >= 0),
            name TEXT NOT NULL,
            value REAL,
            PRIMARY KEY (job, idx, position),
            FOREIGN KEY (job, idx) REFERENCES results (job, idx)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE facts (
            job INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            position INTEGER NOT NULL CHECK (position >= 0),
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (job, idx, position),
            FOREIGN KEY (job, idx) REFERENCES results (job, idx)
        ) STRICT, WITHOUT ROWID;
        """
}
