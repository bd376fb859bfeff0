import CoordinatorService
import FarmModel
import FarmStore
import Foundation
import Logging
import OrderedCollections
import Testing

/// Farms without a running coordinator, and what a coordinator finds when it starts.
struct StoredFarmTests {
    private let root = FileManager.default.temporaryDirectory.appending(path: "atelier-stored-\(UUID().uuidString)")
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private var state: String { root.appending(path: "state").path }

    private func service(_ change: (inout CoordinatorService.Configuration) -> Void = { _ in }) async throws
        -> CoordinatorService
    {
        var configuration = CoordinatorService.Configuration(
            stateFolder: state, outputFolder: root.appending(path: "out").path)
        configuration.storage.reserveFraction = 0
        configuration.storage.reserveBytes = 0
        change(&configuration)
        return try await CoordinatorService(configuration: configuration, logger: logger)
    }

    private func job(_ name: String = "sweep", tasks: Int = 3) -> JobSpec {
        let values = (0..<tasks).map { Settings(dictionaryLiteral: ("milliseconds", .integer(Int64($0)))) }
        let space = ParameterSpace(axes: [.init(name: "milliseconds", values: values)])
        return JobSpec(name: name, steps: [StepSpec(name: "wait", action: .noop, space: space)])
    }

    private func key(_ byte: UInt8) throws -> FarmModel.Digest {
        let digest = FarmModel.Digest([UInt8](repeating: byte, count: 32))
        return try #require(digest)
    }

    private func ask(_ message: ClientMessage) async throws -> ClientReply {
        let farm = try StoredFarm(folder: state)
        let reply = try farm.answer(message)
        await farm.close()
        return reply
    }

    @Test(
        "What is changed in a folder is found by the next coordinator, which is named while it runs",
        .timeLimit(.minutes(5)))
    func changes() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        #expect(throws: StoreError.self) { try StoredFarm(folder: state) }
        let first = try await service()
        async let serving: Void = first.run()
        let id = try await first.submit(job(), key: try key(1))
        let inUse = #expect(throws: StoredFarm.InUse.self) { try StoredFarm(folder: state) }
        #expect(inUse?.clients == first.endpoints.clients)
        await first.stop()
        try await serving

        #expect(try await ask(.command(.pause, id)) == .done(id))
        #expect(try await ask(.command(.pause, id)) == .done(id))
        #expect(try await ask(.command(.setPriority(7), id)) == .done(id))
        guard case .status(let found) = try await ask(.query(.jobs)), let status = found.first else {
            Issue.record("no status")
            return
        }
        #expect(status.isPaused && status.priority == 7 && status.waiting == 3)
        guard case .refused = try await ask(.command(.cancel, JobID(9))) else {
            Issue.record("a job that is not there was cancelled")
            return
        }

        let second = try await service()
        async let servingAgain: Void = second.run()
        let later = try await second.status(of: id)
        #expect(later.isPaused && later.priority == 7)
        await second.stop()
        try await servingAgain
    }

    @Test("A job that ended without its final manifest gets it at the next start, once", .timeLimit(.minutes(5)))
    func completion() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let store = try FarmStore(folder: state)
        let worker = try #require(WorkerID("w"))
        let lease = Lease(attempt: TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1), worker: worker)
        let at = WallTime(milliseconds: 1)
        try store.commit([
            .jobSubmitted(JobID(1), job(tasks: 1), key: try key(1), at: at), .attemptStarted(lease, at: at),
            .taskSucceeded(lease, TaskResult(artifacts: [], wallMilliseconds: 1), at: at),
        ])
        #expect(try store.jobsWithCompleteOutputs() == [])
        try store.close()
        let first = try await service()
        async let serving: Void = first.run()
        for await notice in first.notices {
            if case .outputsComplete(let status, _) = notice, status.job == JobID(1) { break }
        }
        await first.stop()
        try await serving
        let path = root.appending(path: "out/sweep/manifest.json")
        let manifest = try Manifest(decoding: try Data(contentsOf: path), at: path.path)
        #expect(manifest.job.state == .complete && manifest.job.counts.succeeded == 1)
        let again = try FarmStore(folder: state)
        #expect(try again.jobsWithCompleteOutputs() == [JobID(1)])
        try again.close()
    }

    @Test(
        "B9: While the disk is nearly full a new job is refused with words, and a known one is still answered for",
        .timeLimit(.minutes(5)))
    func lowDisk() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let first = try await service()
        async let serving: Void = first.run()
        let id = try await first.submit(job(), key: try key(1))
        await first.stop()
        try await serving
        let full = try await service { $0.storage.reserveBytes = .max }
        async let servingFull: Void = full.run()
        let error = await #expect(throws: RequestRefused.self) {
            try await full.submit(job("other"), key: try key(2))
        }
        #expect(error?.description.contains("nearly full") == true)
        #expect(try await full.submit(job(), key: try key(1)) == id)
        #expect(try await full.status(of: id).waiting == 3)
        await full.stop()
        try await servingFull
    }
}
