import FarmCoordinator
import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Foundation
import Logging

/// Interprets the coordinator's machine at its own pace: drain what has come, handle it, commit once, then speak.
///
/// All facts of a batch go into one transaction, and nothing of the batch is sent before it is durable. The actor has a
/// thread of its own, so that neither a commit nor a long decision delays a socket.
actor Planner {
    /// What a planner deals with.
    enum Input: Sendable {
        case worker(Inbound)
        case client(Inbound)
        case event(Coordinator.Event)
        /// A stored blob is damaged or gone: nothing is to go on from it.
        case blobLost(Digest)
        /// Answered with the state as it is after everything put before.
        case status(JobID?, @Sendable ([JobStatus]) -> Void)
    }

    /// Where effects go, after their commit.
    struct Outlets: Sendable {
        /// Sends messages to workers in their order, soon.
        var send: @Sendable ([Letter]) -> Void
        /// Answers clients in their order, soon.
        var reply: @Sendable ([Answer]) -> Void
        var publish: @Sendable (TaskAttempt) -> Void
        var jobEnded: @Sendable (JobStatus) -> Void
        /// Jobs that had ended before this start.
        var recovered: @Sendable ([JobStatus]) -> Void
        var notify: @Sendable (FarmNotice) -> Void
        /// The end: the jobs that have not ended.
        var stopped: @Sendable ([JobStatus]) async -> Void
    }

    /// A message on its way to a worker.
    struct Letter: Sendable {
        let message: CoordinatorMessage
        let route: Route
        let session: SessionID
    }

    /// An answer on its way to a client.
    struct Answer: Sendable {
        let reply: ClientReply
        let route: Route
    }

    private let loop: SocketLoop
    private let mailbox: Mailbox<Input>
    private let store: FarmStore
    private let outlets: Outlets
    private let logger: Logger
    private let clock = MonotonicClock()
    private let timer: WakeTimer
    private var coordinator: Coordinator

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(
        on loop: SocketLoop, mailbox: Mailbox<Input>, store: FarmStore, configuration: Coordinator.Configuration,
        outlets: Outlets, snapshot: Snapshot, logger: Logger
    ) {
        self.loop = loop
        self.mailbox = mailbox
        self.store = store
        self.outlets = outlets
        self.logger = logger
        timer = WakeTimer(clock: clock) { mailbox.offer(.event(.tick)) }
        coordinator = Coordinator(configuration: configuration, recovering: snapshot, at: clock.now)
        outlets.recovered(coordinator.status(of: nil).filter(\.isEnded))
    }

    /// Works until the mailbox is finished; throws if a commit fails, since nothing can be promised then.
    func run() async throws {
        // The first tick makes the machine ask for its wakes.
        mailbox.offer(.event(.tick))
        var failure: (any Error)?
        while failure == nil {
            let batch = await mailbox.next(upTo: Limits.batch)
            if batch.isEmpty { break }
            do {
                try await handle(batch)
            } catch {
                logger.critical("cannot record, stopping", metadata: ["error": "\(error)"])
                for case .status(_, let answer) in batch { answer([]) }
                failure = error
            }
        }
        timer.cancel()
        await outlets.stopped(coordinator.status(of: nil).filter { !$0.isEnded })
        if let failure { throw failure }
    }

    private func handle(_ batch: [Input]) async throws {
        let wall = WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        var effects: [Coordinator.Effect] = []
        var questions: [(JobID?, @Sendable ([JobStatus]) -> Void)] = []
        var late: [(TaskAttempt, TaskResult)] = []
        for input in batch {
            if case .status(let job, let answer) = input { questions.append((job, answer)) }
            for event in events(for: input) {
                if let refusal = refusal(of: event) {
                    effects.append(refusal)
                    continue
                }
                let new = coordinator.handle(event, at: clock.now, wall: wall)
                if let result = lateResult(event, new) { late.append(result) }
                effects += new
            }
        }
        let records = effects.flatMap { effect -> [FarmModel.Record] in
            if case .persist(let records) = effect { records } else { [] }
        }
        try await commit(records)
        // The result that it may differ from was perhaps recorded in this very batch.
        for (attempt, result) in late { keepIfDiffering(attempt, result, wall) }
        if FailPoint.isAnyArmed, !records.isEmpty {
            // The record, and the first word about it.
            perform(effects.prefix(2))
            FailPoint.midAnswer.pass()
            effects.removeFirst(min(2, effects.count))
        }
        perform(effects[...])
        for (job, answer) in questions { answer(coordinator.status(of: job)) }
    }

    /// Records facts; waits while the disk is full, since nothing may be said before they are durable.
    private func commit(_ records: [FarmModel.Record]) async throws {
        guard !records.isEmpty else { return }
        var tries = 0
        while true {
            do {
                return try store.commit(records)
            } catch let error as StoreError where error.reason == .diskFull && tries < Limits.fullDiskTries {
                if tries == 0 {
                    logger.critical("the disk is full, waiting for space", metadata: ["error": "\(error)"])
                }
                tries += 1
                try? await Task.sleep(for: Limits.fullDiskPause)
            }
        }
    }

    /// A new job is not taken while the disk is nearly full; what is known already is answered.
    private func refusal(of event: Coordinator.Event) -> Coordinator.Effect? {
        guard case .clientSaid(.submit(_, let key), let route) = event, let space = try? store.blobs.space(),
            space.isLow,
            (try? store.knows(key: key)) != true
        else { return nil }
        let (free, reserve) = (space.freeBytes >> 20, space.reserveBytes >> 20)
        return .reply(
            .refused(
                "the coordinator's disk is nearly full (\(free) MiB are free, \(reserve) MiB are kept in reserve): "
                    + "free some space there and submit again"), to: route)
    }

    /// A complete result that came after another of its task.
    private func lateResult(
        _ event: Coordinator.Event, _ effects: [Coordinator.Effect]
    ) -> (TaskAttempt, TaskResult)? {
        guard case .workerSaid(.succeeded(let attempt, let result), _, _, let missing) = event, missing.isEmpty,
            effects.contains(where: { effect in
                if case .send(.resultOK(attempt, .superseded), _, _) = effect { true } else { false }
            })
        else { return nil }
        return (attempt, result)
    }

    /// Two workers that computed one task differently are worth a look: the files that came second are kept for a while.
    private func keepIfDiffering(_ attempt: TaskAttempt, _ result: TaskResult, _ wall: WallTime) {
        do {
            guard try store.quarantine(attempt, result, at: wall) else { return }
            logger.warning(
                "two workers computed a task differently; the later result is kept for a while",
                metadata: ["attempt": "\(attempt)"])
        } catch {
            logger.error("cannot keep a differing result", metadata: ["error": "\(error)"])
        }
    }

    private func events(for input: Input) -> [Coordinator.Event] {
        guard case .blobLost(let digest) = input else { return event(for: input).map { [$0] } ?? [] }
        return coordinator.tasks(goingOnFrom: digest).map { .checkpointLost($0, digest) }
    }

    private func event(for input: Input) -> Coordinator.Event? {
        switch input {
        case .event(let event):
            return event
        case .status, .blobLost:
            return nil
        case .worker(.frame(let frame, let route)):
            guard case .worker(var message) = frame.body else { return complaint(frame.body, route) }
            var missing: [Digest] = []
            if case .succeeded(let attempt, let result) = message {
                missing = store.blobs.missing(result.artifacts.map(\.digest))
                if let failure = store.blobs.contradiction(of: result) { message = .failed(attempt, failure) }
            } else if case .checkpoint(_, let checkpoint) = message {
                missing = store.blobs.missing([checkpoint.digest])
            }
            return .workerSaid(message, session: frame.session, route: route, missingBlobs: missing)
        case .client(.frame(let frame, let route)):
            guard case .client(let message) = frame.body else { return complaint(frame.body, route) }
            return .clientSaid(message, route: route)
        case .worker(.broken(let error, let route)):
            // The port has said so already, once per connection.
            logger.debug("a worker broke the protocol", metadata: ["error": "\(error)"])
            return .unreachable(route)
        case .client(.broken(let error, _)):
            logger.debug("a client broke the protocol", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func complaint(_ body: FrameBody, _ route: Route) -> Coordinator.Event? {
        guard case .error(let error) = body else { return nil }
        logger.warning("a peer complains", metadata: ["detail": "\(error.detail)"])
        return error.isFatal ? .unreachable(route) : nil
    }

    /// Does what a batch has led to.
    ///
    /// What goes to one port keeps its order and goes there in one visit, for which nobody waits: a visit to another
    /// thread costs more than a message.
    private func perform(_ effects: ArraySlice<Coordinator.Effect>) {
        var letters: [Letter] = []
        var answers: [Answer] = []
        for effect in effects {
            switch effect {
            case .persist: break
            case .wake(let instant): timer.wake(at: instant)
            case .send(let message, let route, let session):
                letters.append(Letter(message: message, route: route, session: session))
            case .reply(let reply, let route): answers.append(Answer(reply: reply, route: route))
            case .publish(let attempt): outlets.publish(attempt)
            case .jobEnded(let status): outlets.jobEnded(status)
            case .notify(let notice): outlets.notify(notice)
            }
        }
        if !letters.isEmpty { outlets.send(letters) }
        if !answers.isEmpty { outlets.reply(answers) }
    }
}
