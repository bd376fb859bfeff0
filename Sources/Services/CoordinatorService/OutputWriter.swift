import FarmModel
import FarmStore
import FarmTransport
import Foundation
import Logging

/// Writes the output folders: files of results, manifests, contact sheets and plots.
///
/// Everything here follows from the store, so whatever a crash leaves undone is done at the next start. The actor has a
/// thread of its own and may wait for the disk there.
actor OutputWriter {
    private let loop: SocketLoop
    private let store: FarmStore
    private let publisher: Publisher
    private let logger: Logger
    private let clock = MonotonicClock()
    private let complete: @Sendable (JobStatus, JobOutputs) -> Void
    /// When the manifest of each job that goes on is due again.
    private var manifestsDue: [JobID: Instant] = [:]
    private var outputs: [JobID: JobOutputs] = [:]
    private var isClosed = false
    private var waitingForClose: [CheckedContinuation<Void, Never>] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// `complete` is called when all that belongs to an ended job is in its folder.
    init(
        on loop: SocketLoop, store: FarmStore, output: String, logger: Logger,
        complete: @escaping @Sendable (JobStatus, JobOutputs) -> Void
    ) {
        self.loop = loop
        self.store = store
        publisher = Publisher(output: URL(fileURLWithPath: output).standardizedFileURL.path, blobs: store.blobs)
        self.logger = logger
        self.complete = complete
    }

    /// Publishes what an earlier process had recorded but not published.
    func replay() {
        guarded("cannot publish earlier results") {
            var last: TaskID?
            while !isClosed {
                let page = try store.unpublished(after: last)
                guard !page.isEmpty else { return }
                for result in page { guarded("cannot publish a result") { try publish(result) } }
                last = page.last?.attempt.task
            }
        }
    }

    /// Publishes one recorded result, and the job's manifest if it has not been written for a while.
    func publish(_ attempt: TaskAttempt) {
        guard !isClosed else { return }
        guarded("cannot publish a result") {
            guard let result = try store.result(of: attempt) else { return }
            try publish(result)
            let job = attempt.task.job
            guard manifestsDue[job].map({ $0 <= clock.now }) ?? true else { return }
            let start = clock.now
            try writeManifest(of: job, .running)
            // A manifest of many tasks takes a while to write: a tenth of the time at most goes into it.
            let pause = max(Limits.manifestInterval, 10 * clock.now.millisecondsSince(start))
            manifestsDue[job] = clock.now.advanced(byMilliseconds: pause)
        }
    }

    /// Completes the folder of a job whose tasks have all ended.
    func finish(_ status: JobStatus) {
        guard !isClosed else { return }
        replay()
        let missing = unpublished(of: status.job)
        let state: Manifest.State =
            missing == 0 && status.succeeded == status.total ? .complete : status.cancelled > 0 ? .cancelled : .failed
        var made = finished(status.job, state) ?? JobOutputs(folder: publisher.folder(ofJob: status.name))
        made.unpublished = missing
        outputs[status.job] = made
        manifestsDue[status.job] = nil
        complete(status, made)
    }

    /// Marks jobs that have not ended as interrupted; nothing is written afterwards.
    ///
    /// No gallery is drawn, because whoever interrupts does not want to wait.
    func close(_ open: [JobStatus]) {
        guard !isClosed else { return }
        replay()
        isClosed = true
        for status in open {
            guarded("cannot write a manifest") { try writeManifest(of: status.job, .interrupted) }
            outputs[status.job] = JobOutputs(folder: publisher.folder(ofJob: status.name))
        }
        for continuation in waitingForClose { continuation.resume() }
        waitingForClose = []
    }

    /// Where the outputs of each job are, once nothing more is written.
    func outputsWhenClosed() async -> [JobID: JobOutputs] {
        if !isClosed { await withCheckedContinuation { waitingForClose.append($0) } }
        return outputs
    }

    // MARK: - Parts

    /// How many recorded results of a job are not in its folder.
    private func unpublished(of job: JobID) -> Int {
        var (count, last) = (0, TaskID?.none)
        guarded("cannot list unpublished results") {
            while true {
                let page = try store.unpublished(after: last)
                guard !page.isEmpty else { return }
                count += page.count(where: { $0.attempt.task.job == job })
                last = page.last?.attempt.task
            }
        }
        return count
    }

    private func publish(_ result: StoredResult) throws {
        for file in try publisher.publish(result).quarantined { logger.warning("\(file)") }
        try store.markPublished(result.attempt)
    }

    private func writeManifest(of job: JobID, _ state: Manifest.State, files: [Manifest.File] = []) throws {
        try store.writeManifest(
            of: job, state: state, generator: OutputWriter.generator, files: files, output: publisher.output)
    }

    /// Draws the gallery and writes the final manifest.
    private func finished(_ job: JobID, _ state: Manifest.State) -> JobOutputs? {
        var made: JobOutputs?
        guarded("cannot complete the outputs") {
            let manifest = try store.manifest(of: job, state: state, generator: OutputWriter.generator)
            let folder = publisher.folder(ofJob: manifest.job.name)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let (sheets, plot) = try JobGallery(manifest, in: URL(fileURLWithPath: folder)).write()
            var files = try sheets.map { try Manifest.File(path: $0, kind: .contactSheet, in: folder) }
            if let plot { files.append(try Manifest.File(path: plot, kind: .plot, in: folder)) }
            try writeManifest(of: job, state, files: files)
            made = JobOutputs(
                folder: folder, contactSheets: sheets.map { "\(folder)/\($0)" }, plot: plot.map { "\(folder)/\($0)" })
        }
        return made
    }

    private static let generator = Manifest.Generator(name: Version.program, version: Version.current)

    /// The outputs can be made again from the store at any time: an error is logged, and serving goes on.
    private func guarded(_ what: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            logger.error("\(what)", metadata: ["error": "\(error)"])
        }
    }
}
