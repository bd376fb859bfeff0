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
    private let announce: @Sendable (JobStatus, JobOutputs) -> Void
    /// Jobs with results since their last manifest.
    var changed: Set<JobID> = []
    /// When the manifest of each job that goes on is due again.
    var manifestsDue: [JobID: Instant] = [:]
    /// Jobs that have ended, and lack their final manifest.
    var owed: OwedOutputs
    /// After something could not be put in place: when it is tried again.
    private var publishingRests: Instant?
    /// Milliseconds until something that failed is tried again.
    private let rest: Int64
    /// Whether the jobs that ended in an earlier process are sorted out.
    private var isRecovered = false
    private var outputs: [JobID: JobOutputs] = [:]
    private var isClosed = false
    private var waitingForClose: [CheckedContinuation<Void, Never>] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// `complete` is called when the folder of an ended job was tried for the first time, and when all is in it.
    init(
        on loop: SocketLoop, store: FarmStore, output: String, logger: Logger, rest: Int64 = Limits.publishRest,
        complete: @escaping @Sendable (JobStatus, JobOutputs) -> Void
    ) {
        self.loop = loop
        self.rest = rest
        owed = OwedOutputs(rest: rest)
        self.store = store
        publisher = Publisher(output: URL(fileURLWithPath: output).standardizedFileURL.path, blobs: store.blobs)
        self.logger = logger
        announce = complete
    }

    /// Works until the orders are closed, beginning with what an earlier process had recorded but not published.
    func run() async {
        orders.ring()
        while await orders.next() {
            // Results come in crowds, and one pass serves a crowd: it has a commit of its own.
            if !orders.isPressing { try? await Task.sleep(for: Limits.outputPause) }
            if orders.isClosing { return }
            recover()
            let ended = orders.takeEnded()
            // Afterwards, so that no result of a job that has ended is heard of only when its final manifest is there.
            changed.formUnion(orders.takeChanged())
            for status in ended { owed.add(status, at: clock.now) }
            if !ended.isEmpty || publishingRests.map({ $0 <= clock.now }) ?? true { publishAll() }
            for status in owed.due(at: clock.now) where !orders.isClosing { finish(status) }
            writeDueManifests()
        }
    }

    /// Takes over those jobs that had ended before this start and are not complete.
    private func recover() {
        guard !isRecovered else { return }
        isRecovered = guarded("cannot list complete jobs") { orders.forget(try store.jobsWithCompleteOutputs()) }
    }

    /// Marks jobs that have not ended, or that are not complete, as interrupted; nothing is written afterwards.
    ///
    /// No gallery is drawn, because whoever interrupts does not want to wait; what takes too long is left as it is, and
    /// the next start publishes the rest.
    func close(_ open: [JobStatus]) {
        guard !isClosed else { return }
        isClosed = true
        let start = clock.now
        let patience = Limits.closingPublish
        publishAll(while: { [clock] in clock.now.millisecondsSince(start) < patience })
        for status in orders.takeEnded() { owed.add(status, at: clock.now) }
        for status in open + owed.jobs {
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
        let isWhole = guarded("cannot publish results") {
            while mayGoOn() {
                let page = try store.unpublished(after: last)
                guard !page.isEmpty else { break }
                let report = try publisher.publish(page)
                FailPoint.midPublish.pass()
                try store.markPublished(report.published)
                FailPoint.afterPublish.pass()
                for job in Set(report.published.map(\.task.job)) {
                    if owed.contains(job) { owed.hurry(job, at: clock.now) } else { changed.insert(job) }
                }
                for file in report.quarantined { logger.warning("\(file)") }
                for failure in report.failures.prefix(max(0, Limits.loggedErrors - failures)) {
                    logger.error("cannot publish a result", metadata: ["error": "\(failure.error)"])
                }
                failures += report.failures.count
                last = page.last?.attempt.task
            }
        }
        guard failures > 0 || !isWhole else { return }
        publishingRests = clock.now.advanced(byMilliseconds: rest)
        if failures > Limits.loggedErrors { logger.error("\(failures) results could not be published; trying again") }
    }

    /// Tries to complete the folder of a job whose tasks have all ended; what fails is tried again later.
    ///
    /// What is written follows from the tables as they are now: if somebody has wanted a task again meanwhile, the job
    /// has not ended, and its next end will bring it here.
    private func finish(_ status: JobStatus) {
        let job = status.job
        let isFirst = !owed.wasTried(job)
        do {
            var made = try complete(job, drawsAnyway: isFirst)
            guard let written = made.written, !orders.isClosing else { return }
            if made.outputs.unpublished > 0, written.isOver {
                made.outputs.trouble = "\(made.outputs.unpublished) results could not be put into it"
                owed.postpone(job, at: clock.now)
                if !isFirst { return }
            } else {
                // First the mark: should it fail, the job is owed still.
                let isNoted = try written.isOver && store.markOutputsComplete(of: job)
                owed.settle(job)
                guard isNoted else {
                    changed.insert(job)
                    return
                }
            }
            changed.remove(job)
            manifestsDue[job] = nil
            outputs[job] = made.outputs
            announce(status, made.outputs)
        } catch {
            logger.error("cannot complete the outputs; trying again", metadata: ["job": "\(job)", "error": "\(error)"])
            owed.postpone(job, at: clock.now)
            var outputs = JobOutputs(folder: publisher.folder(ofJob: status.name))
            outputs.trouble = "\(error)"
            self.outputs[job] = outputs
            if isFirst { announce(status, outputs) }
        }
    }

    /// The outputs can be made again from the store at any time: an error is logged, and serving goes on.
    ///
    /// Says whether there was none.
    @discardableResult
    func guarded(_ what: String, _ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            logger.error("\(what)", metadata: ["error": "\(error)"])
            return false
        }
    }
}
