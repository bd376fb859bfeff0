extension Schema {
    /// What blobs are needed for, differing results, and whose output folders are complete; a part of version 2.
    static let version2Keeping = """
        -- Whether the final manifest and the gallery of an ended job are in its folder.
        ALTER TABLE jobs ADD COLUMN outputs_complete INTEGER NOT NULL DEFAULT 0 CHECK (outputs_complete IN (0, 1));
        UPDATE jobs SET outputs_complete = 1 WHERE cancelled = 1
            OR task_count = (SELECT count(*) FROM tasks WHERE job = jobs.id AND outcome <> 0);

        -- Blobs that a job's settings name.
        CREATE TABLE job_blobs (
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            job INTEGER NOT NULL REFERENCES jobs (id),
            PRIMARY KEY (sha256, job)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX artifacts_sha256 ON artifacts (sha256);

        -- Files of results that came after another one of their task, and differ from it.
        CREATE TABLE quarantine (
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            job INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            attempt INTEGER NOT NULL CHECK (attempt BETWEEN 1 AND 4294967295),
            worker TEXT NOT NULL,
            name TEXT NOT NULL,
            byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
            since INTEGER NOT NULL,
            PRIMARY KEY (sha256, job, idx, attempt),
            FOREIGN KEY (job, idx) REFERENCES tasks (job, idx)
        ) STRICT, WITHOUT ROWID;
        """
}
