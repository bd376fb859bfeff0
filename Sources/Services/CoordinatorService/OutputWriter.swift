import FarmModel
import FarmStore
import FarmTransport
import Foundation
import Logging

/// Writes the output folders: files of results, manifests, contact sheets and plots.
///
/// Everything here follows from the store, so whatever a crash leaves undone is done at the next start. The actor has a
/// thread of its own and may wait for the disk there; others only ring and go on.
actor OutputWriter {
    /// What it is asked to do.
    nonisolated let orders = OutputOrders()

    let store: FarmStore
    let publisher: Publisher
    let logger: Logger
    let clock = MonotonicClock()
    private let loop: SocketLoop
    private let complete: @Sendable (JobStatus, JobOutputs) -> Void
    /// Jobs with results since their last manifest.
    var changed: Set<JobID> = []
    /// When the manifest of each job that goes on is due again.
    var manifestsDue: [JobID: Instant] = [:]
    /// After something could not be put in place: when it is tried again.
    private var publishingRests: Instant?
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

    /// Works until the orders are closed, beginning with what an earlier process had recorded but not published.
    func run() async {
        guarded("cannot list complete jobs") { orders.forget(try store.jobsWithCompleteOutputs()) }
        orders.ring()
        while await orders.next() {
            let ended = orders.takeEnded()
            if !ended.isEmpty || publishingRests.map({ $0 <= clock.now }) ?? true { publishAll() }
            for status in ended { finish(status) }
            writeDueManifests()
        }
    }

    /// Marks jobs that have not ended as interrupted; nothing is written afterwards.
    ///
    /// No gallery is drawn, because whoever interrupts does not want to wait; what takes too long is left as it is, and
    /// the next start publishes the rest.
    func close(_ open: [JobStatus]) {
        guard !isClosed else { return }
        isClosed = true
        let start = clock.now
        let patience = Limits.closingPublish
        publishAll(while: { [clock] in clock.now.millisecondsSince(start) < patience })
        for status in open {
            guarded("cannot write a manifest") {
                try writeManifest(
                    of: status.job, .interrupted,
                    while: { [clock] in clock.now.millisecondsSince(start) < Limits.closing })
            }
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

    /// Publishes every recorded result that is not published, a page at a time.
    private func publishAll(while mayGoOn: (() -> Bool)? = nil) {
        let orders = orders
        let mayGoOn = mayGoOn ?? { !orders.isClosing }
        var (last, failures) = (TaskID?.none, 0)
        publishingRests = nil
        guarded("cannot publish results") {
            while mayGoOn() {
                let page = try store.unpublished(after: last)
                guard !page.isEmpty else { break }
                let report = try publisher.publish(page)
                FailPoint.midPublish.pass()
                try store.markPublished(report.published)
                FailPoint.afterPublish.pass()
                for attempt in report.published { changed.insert(attempt.task.job) }
                for file in report.quarantined { logger.warning("\(file)") }
                for failure in report.failures.prefix(max(0, Limits.loggedErrors - failures)) {
                    logger.error("cannot publish a result", metadata: ["error": "\(failure.error)"])
                }
                failures += report.failures.count
                last = page.last?.attempt.task
            }
        }
        guard failures > 0 else { return }
        publishingRests = clock.now.advanced(byMilliseconds: Limits.publishRest)
        if failures > Limits.loggedErrors { logger.error("\(failures) results could not be published; trying again") }
    }

    /// Completes the folder of a job whose tasks have all ended.
    private func finish(_ status: JobStatus) {
        var missing = 0
        guarded("cannot count what is to be published") { missing = try store.unpublishedCount(of: status.job) }
        let state: Manifest.State =
            missing == 0 && status.succeeded == status.total ? .complete : status.cancelled > 0 ? .cancelled : .failed
        var made = finished(status.job, state) ?? JobOutputs(folder: publisher.folder(ofJob: status.name))
        made.unpublished = missing
        outputs[status.job] = made
        if missing == 0, !orders.isClosing {
            guarded("cannot note a complete job") { try store.markOutputsComplete(of: status.job) }
        }
        changed.remove(status.job)
        manifestsDue[status.job] = nil
        complete(status, made)
    }

    /// The outputs can be made again from the store at any time: an error is logged, and serving goes on.
    func guarded(_ what: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            logger.error("\(what)", metadata: ["error": "\(error)"])
        }
    }
}
