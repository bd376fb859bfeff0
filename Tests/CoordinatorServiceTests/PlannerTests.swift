import FarmCoordinator
import FarmModel
import FarmStore
import FarmTransport
import Foundation
import Logging
import OrderedCollections
import Testing

@testable import CoordinatorService

/// What one batch of events leads to beside the machine's own effects.
struct PlannerTests {
    @Test(
        "Two results of one task that differ are noticed even if one batch brings both", .timeLimit(.minutes(5)))
    func differing() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-planner-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try FarmStore(folder: folder.path, blobs: .init(freeReserveBytes: 0))
        let task = TaskID(job: JobID(1), index: 0)
        let (one, two) = (try #require(WorkerID("w1")), try #require(WorkerID("w2")))
        let first = Lease(attempt: TaskAttempt(task: task, attempt: 1), worker: one)
        let second = Lease(attempt: TaskAttempt(task: task, attempt: 2), worker: two)
        let (at, key) = (WallTime(milliseconds: 1), FarmModel.Digest([UInt8](repeating: 1, count: 32)))
        let job = JobSpec(name: "j", steps: [StepSpec(name: "wait", action: .noop, space: ParameterSpace())])
        try store.commit([
            .jobSubmitted(JobID(1), job, key: try #require(key), at: at), .attemptStarted(first, at: at),
            .attemptReturned(first, reason: "a pause", at: at), .attemptStarted(second, at: at),
        ])
        let blobs = try ["one", "two"].map { try store.blobs.insert(Array($0.utf8)) }
        func result(_ number: Int) -> TaskResult {
            let file = Artifact(name: "a.png", kind: .frame, byteCount: 3, digest: blobs[number])
            return TaskResult(artifacts: [file], wallMilliseconds: 1)
        }
        let mailbox = Mailbox<Planner.Input>()
        for (number, lease) in [first, second].enumerated() {
            let (session, route) = (SessionID(store.epoch << 32 | UInt64(number + 1)), Route([UInt8(number)]))
            let hello = Hello(
                worker: lease.worker, instance: WorkerInstance(high: 1, low: 0), host: "h", slots: 1,
                backend: "test", engine: "test")
            let words: [WorkerMessage] = [
                .hello(hello), .inventory(held: [], outbox: [lease.attempt], more: false),
                .succeeded(lease.attempt, result(number)),
            ]
            for message in words {
                let isFirst = message == words[0]
                mailbox.offer(
                    .event(
                        .workerSaid(
                            message, session: isFirst ? .none : session, route: route, missingBlobs: [])))
            }
        }
        let loop = try SocketLoop(name: "plan")
        let outlets = Planner.Outlets(
            send: { _ in }, reply: { _ in }, publish: { _ in }, jobEnded: { _ in },
            recovered: { _ in }, notify: { _ in }, stopped: { _ in })
        let planner = Planner(
            on: loop, mailbox: mailbox, store: store, configuration: .init(), outlets: outlets,
            snapshot: try store.load(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        mailbox.finish()
        try await planner.run()
        // Nothing but the record and the quarantine names them.
        let later = WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000) + 100_000_000)
        try store.sweep(at: later, rules: KeepingRules(graceSeconds: 0, quarantineSeconds: 1_000_000))
        #expect(store.blobs.missing(blobs) == [], "a differing result was swept away")
        await loop.stop()
        try store.close()
    }
}
