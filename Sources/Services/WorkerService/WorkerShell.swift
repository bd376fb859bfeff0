import FarmModel
import FarmStore
import FarmTransport
import FarmWorker
import Foundation
import Logging
import ModelStore

/// Interprets the worker's machine: turns what happens into events, and its effects into deeds.
///
/// One loop, one event at a time. Everything slow - engines, hashing, blobs - happens elsewhere and comes back as an
/// input.
final class WorkerShell {
    /// What can happen to a worker.
    enum Input: Sendable {
        case wire(Inbound)
        case machine(WorkerMachine.Event)
        case engine(EngineSlot.Report)
        /// What an attempt needs was gathered, or cannot be.
        case gathered(TaskAttempt, Gathered)
        /// A finished attempt's files are hashed and lie in the outbox folder.
        case collected(TaskAttempt, Result<TaskResult, Failure>)
    }

    /// What came of gathering what an attempt needs.
    enum Gathered: Sendable {
        /// Its folders are made and its files are here; with how long its engine may stall.
        case ready(EngineTask, stall: Duration?)
        /// A file cannot be had.
        case failed(Failure)
        /// This node's disk does not take its folders.
        case noFolder(String)
    }

    let logger: Logger
    private let clock = MonotonicClock()
    let mailbox = Mailbox<Input>(capacity: Limits.mailbox)
    let control: ControlLink
    let blobs: BlobExchange
    let files: TaskFiles
    let outbox: OutboxStore
    let disk = DiskQueue()
    let slots: [EngineSlot]
    let timer: WakeTimer
    private var machine: WorkerMachine
    let scratch: Scratch
    /// Milliseconds from one checkpoint to the next where a task does not say.
    let checkpointMilliseconds: Int?
    /// How long one thing may wait for the disk.
    let diskPatience: Duration
    /// How long the end may wait for the disk.
    private let stopPatience: Duration
    /// The engine slot of each attempt that has one.
    var occupied: [TaskAttempt: Int] = [:]
    /// Attempts whose folders and files are gathered; their engines do not know of them yet.
    var gathering: Set<TaskAttempt> = []
    /// Attempts that have all they need but an engine: one that was told to stop still holds its slot.
    var waiting: [(attempt: TaskAttempt, task: EngineTask, stall: Duration?)] = []

    init(
        configuration: WorkerService.Configuration, logger: Logger, network: SocketLoop, blobThread: SocketLoop,
        context: ZMQContext
    ) throws {
        self.logger = logger
        let mailbox = mailbox
        outbox = try OutboxStore(folder: configuration.stateFolder + "/outbox")
        // The outbox's lock is held by now: no other worker of this folder has engines that write there.
        scratch = try Scratch(folder: configuration.stateFolder + "/scratch")
        (diskPatience, stopPatience) = (configuration.diskPatience, configuration.stopPatience)
        checkpointMilliseconds = configuration.checkpointInterval.map { Int($0 / .milliseconds(1)) }
        let launch = EngineSlot.Launch(
            executable: configuration.executable, threads: configuration.threads, memory: configuration.engineMemory,
            patience: .init(floor: configuration.enginePatience))
        slots = (0..<configuration.slots).map { _ in
            EngineSlot(launch: launch, logger: logger) { mailbox.add($0) }
        }
        let identity = WorkerIdentity(configuration.access, file: configuration.accessFile, logger: logger)
        control = ControlLink(
            endpoint: configuration.endpoint, identity: identity, loop: network, context: context, logger: logger,
            mailbox: mailbox)
        let cache = try FileCache(folder: configuration.stateFolder + "/cache", quota: configuration.cacheBytes)
        blobs = BlobExchange(
            loop: blobThread, context: context, identity: identity, cache: cache, logger: logger
        ) { news in
            switch news {
            case .stored(.result(let attempt)): mailbox.append(.machine(.blobsStored(attempt)))
            case .lost(.result(let attempt), let reason): mailbox.append(.machine(.outputLost(attempt, reason: reason)))
            case .stored(.checkpoint(let attempt, let iteration)):
                mailbox.append(.machine(.checkpointStored(attempt, iteration: iteration)))
            case .arriving: mailbox.offer(.machine(.filesArrive))
            case .lost(.checkpoint(let attempt, let iteration), let reason):
                logger.warning("a checkpoint is lost", metadata: ["attempt": "\(attempt)", "reason": "\(reason)"])
                mailbox.append(.machine(.checkpointLost(attempt, iteration: iteration)))
            }
        }
        files = TaskFiles(models: ModelStore(folder: configuration.modelsFolder), cache: cache, exchange: blobs)
        timer = WakeTimer(clock: clock) { mailbox.append(.machine(.tick)) }
        for note in outbox.damaged { logger.error("a result in the outbox cannot be read: \(note)") }
        if outbox.discarded > 0 {
            logger.info("outputs that were not complete are deleted", metadata: ["attempts": "\(outbox.discarded)"])
        }
        machine = WorkerMachine(
            configuration: configuration.machine, outbox: try outbox.load(), random: UInt64.random(in: 0 ... .max),
            at: clock.now)
    }

    /// Lets the worker leave when called, from any thread.
    var leave: @Sendable (WorkerService.Leaving) -> Void {
        let mailbox = mailbox
        return { leaving in
            mailbox.append(
                .machine(
                    .drain(leaving.mode, reason: leaving.reason, withinMilliseconds: leaving.limitMilliseconds)))
        }
    }

    /// Runs until the machine says exit.
    func run() async -> End {
        let transfers = Task { [blobs] in await blobs.run() }
        mailbox.append(.machine(.start))
        let reason = await work()
        mailbox.finish()
        timer.cancel()
        await control.close()
        // Engines, transfers and whatever is left to do all wait for the disk in their own way.
        let isClean = await Deadline.wait(stopPatience) { [slots, blobs, disk] in
            await withTaskGroup { group in
                for slot in slots { group.addTask { await slot.shutDown() } }
                group.addTask {
                    await blobs.shutDown()
                    await transfers.value
                }
                group.addTask { await disk.finish() }
            }
        }
        if !isClean {
            logger.error(
                "leaving although the disk does not answer; what it was to keep is done again elsewhere",
                metadata: ["waited": "\(stopPatience)"])
        }
        return End(left: reason, isClean: isClean)
    }

    /// How it ended.
    struct End {
        /// Why, if that was not what anybody wanted.
        let left: WorkerLeft?
        /// Whether its threads are done; else one of them waits for the disk still.
        let isClean: Bool
    }

    /// Works until the machine says exit; an error if it should not have.
    private func work() async -> WorkerLeft? {
        while true {
            let batch = await mailbox.next(upTo: Limits.mailbox)
            if batch.isEmpty { return nil }
            for input in batch {
                guard let event = await event(for: input) else { continue }
                if case .coordinatorSaid(.welcome(let welcome), _) = event {
                    let endpoint = control.resolve(welcome.blobEndpoint)
                    await tellTransfers { await $0.open(endpoint, session: welcome.session) }
                }
                for effect in machine.handle(event, at: clock.now) {
                    guard case .exit(let reason, let isFailure) = effect else {
                        await perform(effect)
                        continue
                    }
                    if isFailure { return WorkerLeft(reason: reason) }
                    logger.info("leaving", metadata: ["reason": "\(reason)"])
                    return nil
                }
            }
        }
    }

    // MARK: - Events

    private func event(for input: Input) async -> WorkerMachine.Event? {
        switch input {
        case .wire(let inbound):
            return control.event(for: inbound)
        case .machine(let event):
            return event
        case .engine(.progress(let attempt, let progress)):
            return .engineProgress(attempt, progress)
        case .engine(.checkpoint(let attempt, let dropped)):
            guard let digest = Digest(hex: dropped.sha256), dropped.byteCount <= FarmModel.Limits.checkpointBytes else {
                logger.warning(
                    "a checkpoint is too large or has no digest",
                    metadata: ["attempt": "\(attempt)", "octets": "\(dropped.byteCount)"])
                return nil
            }
            let checkpoint = Checkpoint(
                iteration: UInt32(clamping: dropped.iteration), digest: digest, byteCount: dropped.byteCount)
            return .engineCheckpoint(attempt, checkpoint)
        case .engine(.failed(let attempt, let failure)):
            await release(attempt)
            return .engineFailed(attempt, failure)
        case .engine(.storageFailed(let attempt, let reason)):
            await release(attempt)
            return .storageFailed(attempt, reason: reason)
        case .engine(.stopped(let attempt)):
            await release(attempt, keepingCheckpoints: true)
            return .engineStopped(attempt)
        case .engine(.finished(let attempt, let output)):
            collect(attempt, output)
            return .engineEnded(attempt)
        case .collected(let attempt, .success(let result)):
            await release(attempt, keeping: true)
            return .engineSucceeded(attempt, result)
        case .collected(let attempt, .failure(let failure)):
            await release(attempt)
            return failure.failureClass == .infrastructure
                ? .storageFailed(attempt, reason: failure.message) : .engineFailed(attempt, failure)
        case .gathered(let attempt, let gathered):
            return await launch(attempt, gathered)
        }
    }

    /// The attempt left its slot, and the next one takes it; what it wrote is of no use unless it is collected.
    ///
    /// Checkpoints of one that was stopped may be on their way still; the machine says when they are not wanted.
    func release(_ attempt: TaskAttempt, keeping: Bool = false, keepingCheckpoints: Bool = false) async {
        occupied[attempt] = nil
        letGo(attempt)
        let scratch = scratch
        if !keepingCheckpoints { disk.run { scratch.remove(attempt) } }
        if !keeping { discard(attempt) }
        await startWaiting()
    }

    /// The files of an attempt may leave the cache.
    func letGo(_ attempt: TaskAttempt) {
        let files = files
        disk.run { files.letGo(attempt.description) }
    }

    /// Deletes what an attempt left in the outbox.
    func discard(_ attempt: TaskAttempt) {
        let (outbox, logger) = (outbox, logger)
        disk.run {
            do {
                try outbox.remove(attempt)
            } catch {
                logger.warning("cannot delete outputs", metadata: ["attempt": "\(attempt)", "error": "\(error)"])
            }
        }
    }

    /// Hashes the outputs on a thread that may wait for the disk.
    private func collect(_ attempt: TaskAttempt, _ output: EngineOutput) {
        let (outbox, mailbox) = (outbox, mailbox)
        Thread.detachNewThread {
            mailbox.append(.collected(attempt, OutputCollector.collect(output, of: attempt, in: outbox)))
        }
    }
}

extension Mailbox<WorkerShell.Input> {
    /// Adds what a slot reports: an outcome or a checkpoint always, progress only where there is room.
    ///
    /// Of progress the next report says the same and more; an outcome that got lost would occupy its slot for ever.
    func add(_ report: EngineSlot.Report) {
        switch report {
        case .progress: offer(.engine(report))
        case .checkpoint, .finished, .failed, .storageFailed, .stopped: append(.engine(report))
        }
    }
}

/// A worker ended although it was not asked to.
struct WorkerLeft: Error, CustomStringConvertible {
    let reason: String

    /// One line for people.
    var description: String { reason }
}
