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
        /// The files that an attempt needs were looked for.
        case located(TaskAttempt, EngineTask, Result<[String: String], Failure>)
        /// A finished attempt's files are hashed and lie in the outbox folder.
        case collected(TaskAttempt, Result<TaskResult, Failure>)
    }

    private let logger: Logger
    private let clock = MonotonicClock()
    private let mailbox = Mailbox<Input>(capacity: Limits.mailbox)
    private let control: ControlLink
    private let blobs: BlobExchange
    private let files: TaskFiles
    private let outbox: OutboxStore
    private let slots: [EngineSlot]
    private let timer: WakeTimer
    private var machine: WorkerMachine
    private var occupied: [TaskAttempt: Int] = [:]
    /// Attempts whose files are looked for; their engines do not know of them yet.
    private var locating: Set<TaskAttempt> = []

    init(
        configuration: WorkerService.Configuration, logger: Logger, network: SocketLoop, blobThread: SocketLoop,
        context: ZMQContext
    ) throws {
        self.logger = logger
        let mailbox = mailbox
        outbox = try OutboxStore(folder: configuration.stateFolder + "/outbox")
        let launch = EngineSlot.Launch(executable: configuration.executable, threads: configuration.threads)
        slots = (0..<configuration.slots).map { _ in
            EngineSlot(launch: launch, logger: logger) { mailbox.offer(.engine($0)) }
        }
        control = ControlLink(
            endpoint: configuration.endpoint, loop: network, context: context, logger: logger, mailbox: mailbox)
        let cache = try FileCache(folder: configuration.stateFolder + "/cache", quota: configuration.cacheBytes)
        blobs = BlobExchange(loop: blobThread, context: context, cache: cache, logger: logger) {
            mailbox.offer(.machine(.blobsStored($0)))
        }
        files = TaskFiles(models: ModelStore(folder: configuration.modelsFolder), cache: cache, exchange: blobs)
        timer = WakeTimer(clock: clock) { mailbox.offer(.machine(.tick)) }
        machine = WorkerMachine(
            configuration: configuration.machine, outbox: try outbox.load(), random: UInt64.random(in: 0 ... .max),
            at: clock.now)
    }

    /// Stops the taking of tasks when called, from any thread; running ones finish.
    var drainSignal: @Sendable () -> Void {
        let mailbox = mailbox
        return { mailbox.offer(.machine(.drain(reason: "the worker was asked to stop"))) }
    }

    /// Runs until the machine says exit.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [blobs] in await blobs.run() }
            mailbox.offer(.machine(.start))
            await work()
            mailbox.finish()
            timer.cancel()
            for slot in slots { await slot.shutDown() }
            await control.close()
            await blobs.shutDown()
        }
    }

    private func work() async {
        while true {
            let batch = await mailbox.next(upTo: Limits.mailbox)
            if batch.isEmpty { return }
            for input in batch {
                if case .located(let attempt, let task, let result) = input { await launch(attempt, task, result) }
                guard let event = event(for: input) else { continue }
                if case .coordinatorSaid(.welcome(let welcome), _) = event {
                    await blobs.open(control.resolve(welcome.blobEndpoint), session: welcome.session)
                }
                for effect in machine.handle(event, at: clock.now) {
                    if await perform(effect) { return }
                }
            }
        }
    }

    // MARK: - Events

    private func event(for input: Input) -> WorkerMachine.Event? {
        switch input {
        case .wire(let inbound):
            return control.event(for: inbound)
        case .machine(let event):
            return event
        case .engine(.progress(let attempt, let progress)):
            return .engineProgress(attempt, progress)
        case .engine(.failed(let attempt, let failure)):
            release(attempt)
            return .engineFailed(attempt, failure)
        case .engine(.storageFailed(let attempt, let message)):
            release(attempt)
            return .engineFailed(attempt, Failure(.infrastructure, message))
        case .engine(.checkpoint):
            return nil
        case .engine(.stopped(let attempt)):
            release(attempt)
            return nil
        case .engine(.finished(let attempt, let output)):
            collect(attempt, output)
            return nil
        case .collected(let attempt, .success(let result)):
            release(attempt, keeping: true)
            return .engineSucceeded(attempt, result)
        case .collected(let attempt, .failure(let failure)):
            release(attempt)
            return .engineFailed(attempt, failure)
        case .located:
            return nil
        }
    }

    /// The attempt left its slot; what it wrote is of no use unless it is collected.
    private func release(_ attempt: TaskAttempt, keeping: Bool = false) {
        occupied[attempt] = nil
        files.letGo(attempt.description)
        if !keeping { discard(attempt) }
    }

    private func discard(_ attempt: TaskAttempt) {
        do {
            try outbox.remove(attempt)
        } catch {
            logger.warning("cannot delete outputs", metadata: ["attempt": "\(attempt)", "error": "\(error)"])
        }
    }

    /// Hashes the outputs on a thread that may wait for the disk.
    private func collect(_ attempt: TaskAttempt, _ output: EngineOutput) {
        let (outbox, mailbox) = (outbox, mailbox)
        Thread.detachNewThread {
            mailbox.offer(.collected(attempt, OutputCollector.collect(output, of: attempt, in: outbox)))
        }
    }

    // MARK: - Effects

    /// Performs one effect; true means the worker is done.
    private func perform(_ effect: WorkerMachine.Effect) async -> Bool {
        switch effect {
        case .connect:
            await control.connect()
        case .disconnect:
            await blobs.close()
            await control.close()
        case .send(let message, let session):
            await control.send(message, session: session)
        case .startTask(let attempt, let spec):
            await start(attempt, spec)
        case .stopTask(let attempt, _):
            if locating.remove(attempt) != nil {
                release(attempt)
            } else if let slot = occupied[attempt] {
                await slots[slot].stop(attempt)
            }
        case .persistOutbox(let entry):
            persist(entry)
        case .sendBlobs(let attempt, let artifacts):
            let folder = outbox.path(of: attempt)
            await blobs.upload(attempt, artifacts.map { ($0, "\(folder)/\($0.name)") })
        case .forgetOutbox(let attempt):
            await blobs.forget(attempt)
            discard(attempt)
        case .wake(let instant):
            timer.wake(at: instant)
        case .exit(let reason):
            logger.info("leaving", metadata: ["reason": "\(reason)"])
            return true
        }
        return false
    }

    private func start(_ attempt: TaskAttempt, _ spec: TaskSpec) async {
        let taken = Set(occupied.values)
        guard let free = slots.indices.first(where: { !taken.contains($0) }) else {
            mailbox.offer(.engine(.failed(attempt, Failure(.busy, "no engine slot is free"))))
            return
        }
        do {
            // A folder without an entry is a leftover to the outbox: what an engine wrote before a crash is deleted.
            let folder = try outbox.prepare(attempt)
            occupied[attempt] = free
            let task = EngineTask(
                key: attempt.description, action: spec.action.rawValue, label: spec.label,
                settings: spec.settings.canonicalJSON, folder: folder)
            locating.insert(attempt)
            let (files, mailbox) = (files, mailbox)
            Task {
                let needed: Result<[String: String], Failure> =
                    spec.action == .render ? await files.locate(task.settings, for: task.key) : .success([:])
                mailbox.offer(.located(attempt, task, needed))
            }
        } catch {
            mailbox.offer(.engine(.failed(attempt, Failure(.infrastructure, "no folder for the outputs: \(error)"))))
        }
    }

    /// Starts the engine on an attempt whose files are here, unless it was stopped meanwhile.
    private func launch(
        _ attempt: TaskAttempt, _ task: EngineTask, _ located: Result<[String: String], Failure>
    ) async {
        guard locating.remove(attempt) != nil, let slot = occupied[attempt] else {
            return files.letGo(attempt.description)
        }
        switch located {
        case .success(let files):
            var task = task
            task.files = files
            logger.info("task started", metadata: ["attempt": "\(attempt)", "label": "\(task.label)"])
            await slots[slot].start(attempt, task)
        case .failure(let failure):
            mailbox.offer(.engine(.failed(attempt, failure)))
        }
    }

    private func persist(_ entry: OutboxEntry) {
        do {
            try outbox.add(entry)
        } catch {
            // The entry lives on in memory; only a restart before its delivery would lose it, and then the task is
            // executed again.
            logger.error("outbox cannot be written", metadata: ["error": "\(error)"])
        }
    }
}
