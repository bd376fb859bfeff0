public import FarmModel
import Foundation

extension FarmStore {
    /// What the store knows of a job, as a manifest in memory; see `writeManifest` for all tasks of large jobs.
    ///
    /// - Parameters:
    ///   - job: which job.
    ///   - state: how it stands; nil for what the tables say, which know nothing of interruptions.
    ///   - generator: the program that asks.
    ///   - files: files that belong to the job as a whole.
    ///   - limit: how many tasks are listed at most; the counts are of all.
    /// - Returns: the manifest, its tasks by index.
    /// - Throws: `StoreError`: `notFound` if there is no such job, or what the database says.
    public func manifest(
        of job: JobID, state: Manifest.State? = nil, generator: Manifest.Generator, files: [Manifest.File] = [],
        limit: Int = Limits.tasks
    ) throws -> Manifest {
        try read("cannot read a job") { db in
            let reader = try ManifestReader(db, job: job)
            var manifest = Manifest(
                generator: generator, job: try reader.job(state: state, files: files), tasks: [])
            try reader.forEachTask(upTo: limit) { manifest.tasks.append($0) }
            return manifest
        }
    }

    /// Writes `<output>/<job>/manifest.json` atomically, one task at a time.
    ///
    /// What it says is one consistent state of the database, however long the writing takes.
    ///
    /// - Parameters:
    ///   - job: which job.
    ///   - state: how it stands; nil for what the tables say, which know nothing of interruptions.
    ///   - generator: the program that asks.
    ///   - files: files that belong to the job as a whole.
    ///   - output: the output folder, which holds one folder per job.
    ///   - mayGoOn: asked now and then; false gives up, since a large manifest takes a while.
    /// - Returns: what it says of the job as a whole; nil if it was given up.
    /// - Throws: `StoreError`: `notFound` if there is no such job, or what the database or the system says. A manifest
    ///   that was there before is then untouched.
    @discardableResult
    public func writeManifest(
        of job: JobID, state: Manifest.State? = nil, generator: Manifest.Generator, files: [Manifest.File] = [],
        output: String, while mayGoOn: () -> Bool = { true }
    ) throws -> Manifest.Job? {
        try read("cannot read a job") { db in
            let reader = try ManifestReader(db, job: job)
            let folder = "\(output)/\(reader.spec.name)"
            try Disk.makeFolder(folder, mode: 0o755)
            let coder = Manifest.Coder()
            let job = try reader.job(state: state, files: files)
            var file = try AtomicFile("\(folder)/manifest.json", mode: 0o644)
            try file.write(coder.head(generator: generator, job: job))
            var count = 0
            let isWhole = try reader.forEachTask(
                while: { count % StoreLimits.manifestStride != 0 || mayGoOn() },
                { task in
                    try file.write(coder.line(task, isFirst: count == 0))
                    count += 1
                })
            guard isWhole else { return nil }
            try file.write(coder.tail)
            FailPoint.beforeManifestRename.pass()
            try file.commit()
            return job
        }
    }
}
