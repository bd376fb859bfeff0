public import FarmModel
import Glibc

/// Gives recorded results their place in the output folder: `<output>/<job>/frames`, `losses` and `files`.
///
/// A file appears under its name complete, by hard link from the blob store or, on another volume, as a copy; it is
/// renamed from a hidden name and its folder made durable. Publishing again is harmless: a file that is there with the
/// right content stays. A file with other content is never overwritten: it is moved to `<output>/<job>/quarantine`
/// and reported.
///
/// A linked file and its blob are one file on disk: whoever edits it in place damages the blob, so edit copies.
public struct Publisher: Sendable {
    /// The output folder, which holds one folder per job.
    public let output: String
    private let blobs: BlobStore

    /// A file that was in the way and where it lies now; worth a line in the log.
    public struct Quarantined: Hashable, Sendable, CustomStringConvertible {
        /// Its path before, relative to the output folder.
        public let path: String
        /// Its path now, relative to the output folder.
        public let movedTo: String

        /// Makes a note.
        public init(path: String, movedTo: String) {
            self.path = path
            self.movedTo = movedTo
        }

        /// One line for the log.
        public var description: String { "\(path) held other content; it was moved to \(movedTo)" }
    }

    /// What a publication did.
    public struct Report: Hashable, Sendable {
        /// Files put in place, relative to the output folder.
        public var published: [String] = []
        /// Files that were in place, relative to the output folder.
        public var unchanged: [String] = []
        /// Files that were in the way.
        public var quarantined: [Quarantined] = []
        /// Folders whose new names are not durable yet.
        fileprivate var unsynced: Set<String> = []
    }

    /// What came of publishing many results.
    public struct BatchReport: Sendable {
        /// Results whose files are in place and durable.
        public var published: [TaskAttempt] = []
        /// Files that were in the way.
        public var quarantined: [Quarantined] = []
        /// Results that could not be published, and why.
        public var failures: [(attempt: TaskAttempt, error: any Error)] = []
    }

    /// Makes a publisher; the folder is made when something is published.
    public init(output: String, blobs: BlobStore) {
        self.output = output
        self.blobs = blobs
    }

    /// The folder of a job.
    public func folder(ofJob name: String) -> String { "\(output)/\(name)" }

    /// Puts the files of a result in place; when it returns they are durable.
    ///
    /// - Throws: `StoreError`: `badName` if a name could lead out of the job's folder, `notFound` if a blob is
    ///   missing, `diskFull`, `permission` or what else the system says. Files placed so far stay; publish again.
    @discardableResult
    public func publish(_ result: StoredResult) throws -> Report {
        var report = try placeFiles(of: result)
        try sync(&report.unsynced)
        return report
    }

    /// Puts the files of many results in place and makes each folder durable once, which is what takes the time.
    ///
    /// A result that cannot be published does not keep the others from it.
    ///
    /// Throws `StoreError` if a folder cannot be made durable: then nothing counts as published.
    public func publish(_ results: [StoredResult]) throws -> BatchReport {
        var batch = BatchReport()
        var unsynced: Set<String> = []
        for result in results {
            do {
                let report = try placeFiles(of: result)
                unsynced.formUnion(report.unsynced)
                batch.published.append(result.attempt)
                batch.quarantined += report.quarantined
            } catch {
                batch.failures.append((result.attempt, error))
            }
        }
        try sync(&unsynced)
        return batch
    }

    private func placeFiles(of result: StoredResult) throws -> Report {
        try check(result.jobName, at: "\(result.attempt)")
        for file in result.files { try check(file.name, at: "\(result.attempt)") }
        var report = Report()
        for file in result.files {
            let folder = "\(self.folder(ofJob: result.jobName))/\(file.artifact.kind.folder)"
            try Disk.makeFolder(folder, mode: 0o755)
            try place(file, job: result.jobName, report: &report)
        }
        return report
    }

    private func sync(_ folders: inout Set<String>) throws {
        for folder in folders.sorted() { try Disk.sync(folder: folder) }
        folders = []
    }

    private func place(_ file: StoredResult.File, job: String, report: inout Report) throws {
        let relative = "\(job)/\(file.path)"
        let target = "\(output)/\(relative)"
        let blob = blobs.path(of: file.artifact.digest)
        // A crash may have left the hidden name of an earlier try.
        try Disk.remove(AtomicFile.temporaryPath(for: target))
        if Disk.exists(target) {
            if try holds(target, file.artifact, blob: blob) {
                // The rename may have happened just before a crash: make sure it lasts.
                report.unsynced.insert(Disk.folder(of: target))
                report.unchanged.append(relative)
                return
            }
            report.quarantined.append(try quarantine(file, job: job))
        }
        guard let size = blobs.size(of: file.artifact.digest) else {
            throw StoreError(
                .notFound, what: "the blob of \(relative) is missing", at: blob,
                hint: "restore the blob folder from a backup, or render the task again")
        }
        guard size == file.artifact.byteCount else {
            throw StoreError(
                .digestMismatch, what: "the blob of \(relative) has \(size) octets, not \(file.artifact.byteCount)",
                at: blob, hint: "the worker misreported it, or the blob was edited")
        }
        try put(blob, at: target)
        report.unsynced.insert(Disk.folder(of: target))
        report.published.append(relative)
    }

    /// Links or copies a blob to a path where nothing lies; the folder is to be made durable afterwards.
    private func put(_ blob: String, at target: String) throws {
        let temporary = AtomicFile.temporaryPath(for: target)
        if link(blob, temporary) == 0 {
            // Outputs are for everybody; the blob, which is the same file, lies in a private folder.
            guard chmod(temporary, 0o644) == 0 else {
                throw StoreError.system(errno, what: "cannot make an output readable", at: target)
            }
            FailPoint.beforePublishRename.pass()
            return try Disk.rename(temporary, to: target)
        }
        // Another volume, a file system without links, or a file with too many of them.
        guard [EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS].contains(errno) else {
            throw StoreError.system(errno, what: "cannot link a file into the output", at: target)
        }
        let source = try File(blob, O_RDONLY | O_NOFOLLOW, what: "cannot read a blob")
        var copy = try AtomicFile(target, mode: 0o644)
        _ = try source.forEachPiece { try copy.write($0) }
        try copy.commit()
    }

    private func holds(_ path: String, _ artifact: Artifact, blob: String) throws -> Bool {
        if Disk.isSameFile(path, blob) { return true }
        guard Disk.size(ofFile: path) == artifact.byteCount else { return false }
        return try Disk.digest(ofFile: path).digest == artifact.digest
    }

    /// Moves what lies at a file's place out of the way, under the first free name.
    private func quarantine(_ file: StoredResult.File, job: String) throws -> Quarantined {
        let old = "\(job)/\(file.path)"
        try Disk.makeFolder("\(output)/\(job)/quarantine", mode: 0o755)
        var number = 1
        var new = "\(job)/quarantine/\(file.artifact.kind.folder)-\(file.name)"
        while Disk.exists("\(output)/\(new)") {
            number += 1
            new = "\(job)/quarantine/\(file.artifact.kind.folder)-\(number)-\(file.name)"
        }
        try Disk.rename("\(output)/\(old)", to: "\(output)/\(new)")
        try Disk.sync(folder: "\(output)/\(job)/quarantine")
        try Disk.sync(folder: Disk.folder(of: "\(output)/\(old)"))
        return Quarantined(path: old, movedTo: new)
    }

    private func check(_ name: String, at place: String) throws {
        guard JobSpec.isFileName(name) else {
            throw StoreError(
                .badName, what: "\"\(name)\" is no file name", at: place,
                hint: "names are letters, digits, '.', '_' and '-', not starting with a dot")
        }
    }
}
