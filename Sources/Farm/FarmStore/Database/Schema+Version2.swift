extension Schema {
    /// Checkpoints, pauses, priorities, failed jobs, crash counts, block lists and drains.
    static let version2 = """
        ALTER TABLE jobs ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));
        -- NULL is the priority of the specification.
        ALTER TABLE jobs ADD COLUMN priority INTEGER CHECK (priority BETWEEN -2147483648 AND 2147483647);
        -- Why the job failed as a whole; such a job counts as cancelled, too.
        ALTER TABLE jobs ADD COLUMN failure TEXT CHECK (failure IS NULL OR cancelled = 1);

        ALTER TABLE tasks ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0 CHECK (crashes BETWEEN 0 AND 4294967295);

        -- What happened, beside the class and the message, where that is known.
        ALTER TABLE tasks ADD COLUMN failure_cause TEXT CHECK (failure_cause IS NULL OR failure_class IS NOT NULL);

        -- Workers on which a task failed since it was last queued.
        CREATE TABLE failed_on (
            job INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            worker TEXT NOT NULL,
            PRIMARY KEY (job, idx, worker),
            FOREIGN KEY (job, idx) REFERENCES tasks (job, idx)
        ) STRICT, WITHOUT ROWID;

        INSERT INTO failed_on
            SELECT DISTINCT attempts.job, attempts.idx, attempts.worker FROM attempts JOIN tasks USING (job, idx)
            WHERE attempts.outcome = 2 AND attempts.failure_class IN ('task', 'badOutput') AND tasks.outcome <> 1
                AND failures_task + failures_bad_output > 0;

        -- The two newest of each task that has not ended.
        CREATE TABLE checkpoints (
            job INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            iteration INTEGER NOT NULL CHECK (iteration BETWEEN 0 AND 4294967295),
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
            stored_at INTEGER NOT NULL,
            PRIMARY KEY (job, idx, iteration),
            FOREIGN KEY (job, idx) REFERENCES tasks (job, idx)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE worker_blocks (
            worker TEXT NOT NULL,
            job INTEGER NOT NULL REFERENCES jobs (id),
            since INTEGER NOT NULL,
            PRIMARY KEY (worker, job)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE worker_drains (
            worker TEXT NOT NULL PRIMARY KEY,
            mode TEXT NOT NULL,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
