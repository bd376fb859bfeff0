import FarmModel
import FarmWorker
import OrderedCollections
import Testing

/// Every event in every state, twice: nothing traps and nothing contradicts itself.
@Suite("Any event is legal in any state of a worker")
struct TotalityTests {
    enum State: String, CaseIterable, CustomTestStringConvertible {
        case idle, helloSent, offline, reconciling, active, running, suspect, detached, saving, suspended,
            stopped, hashing, keeping, storing, reporting, returned, resting, checking, draining, hurrying, exited
        var testDescription: String { rawValue }

        func make() -> TestWorker {
            var worker = TestWorker(slots: 2)
            if self == .idle { return worker }
            worker.handle(.start)
            if self == .helloSent { return worker }
            if self == .offline {
                worker.handle(.disconnected(reason: "test"))
                return worker
            }
            worker.welcome()
            if self == .reconciling { return worker }
            worker.say(.reconcile([]))
            if self == .active { return worker }
            worker.say(.offer(.task(0), .fixture, leaseMilliseconds: 12_000, resume: nil))
            switch self {
            case .idle, .helloSent, .offline, .reconciling, .active, .running: break
            case .suspect: worker.advance(by: 2_500)
            case .detached:
                _ = worker.reconnect()
                worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .finishDetached)]))
            case .hashing: worker.handle(.engineEnded(.task(0)))
            case .saving: worker.handle(.engineCheckpoint(.task(0), .half))
            case .suspended: worker.say(.revoke(.task(0), reason: .paused))
            case .stopped:
                worker.say(.revoke(.task(0), reason: .preempted))
                worker.handle(.engineCheckpoint(.task(0), .half))
                worker.handle(.engineStopped(.task(0)))
            case .returned: worker.handle(.storageFailed(.task(0), reason: "test"))
            case .resting: worker.handle(.storageFailed(nil, reason: "test"))
            case .checking:
                worker.handle(.storageFailed(nil, reason: "test"))
                worker.advance(beats: 31, renewing: [.task(0)])
            case .hurrying: worker.handle(.drain(.expedited, reason: "test"))
            case .keeping:
                worker.hasSlowDisk = true
                worker.handle(.engineSucceeded(.task(0), .pictures))
            case .storing: worker.handle(.engineSucceeded(.task(0), .pictures))
            case .reporting: worker.handle(.engineFailed(.task(0), .nan))
            case .draining: worker.handle(.drain(.eventual, reason: "test"))
            case .exited:
                worker.handle(.engineFailed(.task(0), .nan))
                worker.say(.resultOK(.task(0), .recorded))
                worker.handle(.drain(.eventual, reason: "test"))
            }
            return worker
        }
    }

    static func events(in worker: TestWorker) -> [WorkerMachine.Event] {
        let attempts: [TaskAttempt] = [.task(0), .task(0, attempt: 0), .task(0, attempt: .max), .task(.max)]
        var messages: [CoordinatorMessage] = [
            .refuse(.full, retryAfterMilliseconds: .max), .refuse(.version, retryAfterMilliseconds: 0),
            .reconcile([]), .pong(renewed: attempts, ended: []), .pong(renewed: [], ended: attempts),
            .bye(reason: "test"),
        ]
        for session: UInt64 in [0, 1, 9] {
            for beat: UInt32 in [0, 1_000, .max] {
                messages.append(
                    .welcome(
                        Welcome(
                            session: SessionID(session), epoch: 0, heartbeatMilliseconds: beat,
                            leaseMilliseconds: beat, blobEndpoint: "")))
            }
        }
        for verdict in Reconciliation.Verdict.allCases {
            messages.append(.reconcile(attempts.map { Reconciliation(attempt: $0, verdict: verdict) }))
        }
        var events: [WorkerMachine.Event] = [
            .start, .tick, .filesArrive, .disconnected(reason: "test"), .storageChecked(error: nil),
            .storageChecked(error: "test"), .storageFailed(nil, reason: "test"),
            .drain(.eventual, reason: "test", withinMilliseconds: .max),
            .drain(.eventual, reason: "test", withinMilliseconds: .min),
        ]
        for mode in DrainMode.allCases {
            messages.append(.drain(mode))
            events.append(.drain(mode, reason: "test"))
        }
        for reason in RevokeReason.allCases { messages.append(.revoke(.task(0), reason: reason)) }
        for attempt in attempts {
            messages += [
                .offer(attempt, .fixture, leaseMilliseconds: 0, resume: nil),
                .offer(attempt, .fixture, leaseMilliseconds: .max, resume: .half),
                .checkpointOK(attempt, iteration: 0), .checkpointOK(attempt, iteration: .max),
                .needBlobs(attempt, []), .needBlobs(attempt, [.number(2)]), .resultOK(attempt, .rejected),
                .revoke(attempt, reason: .preempted),
            ]
            events += [
                .engineProgress(attempt, Progress(iteration: 0, iterations: 0, loss: .nan, rate: 0)),
                .engineSucceeded(attempt, .pictures), .engineSucceeded(attempt, .bare), .engineFailed(attempt, .nan),
                .blobsStored(attempt), .outboxKept(attempt), .engineStarted(attempt), .engineStopped(attempt),
                .engineEnded(attempt),
                .engineCheckpoint(attempt, .half), .engineCheckpoint(attempt, .whole),
                .checkpointStored(attempt, iteration: 50), .checkpointLost(attempt, iteration: 50),
                .outputLost(attempt, reason: "test"), .storageFailed(attempt, reason: "test"),
            ]
        }
        return events
            + messages.flatMap { message in
                [worker.session, .none, SessionID(.max)].map { .coordinatorSaid(message, session: $0) }
            }
    }

    @Test("Any two events in a row are harmless", arguments: State.allCases)
    func pairs(state: State) {
        let start = state.make()
        let events = TotalityTests.events(in: start)
        for first in events {
            var middle = start
            middle.handle(first)
            middle.handle(first)
            for second in events.enumerated() where second.offset % 7 == 0 {
                var worker = middle
                worker.handle(second.element)
            }
            middle.advance(by: 20_000)
        }
    }

    @Test("Time that runs backwards is taken to stand still")
    func backwards() {
        let worker = TestWorker.active()
        var machine = worker.machine
        _ = machine.handle(.tick, at: Instant(milliseconds: -1_000_000))
        machine.checkInvariants()
        _ = machine.handle(.start, at: Instant(milliseconds: 0))
        machine.checkInvariants()
    }
}
