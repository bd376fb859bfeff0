import CoordinatorService
import FarmModel
import FarmStore
import FarmTransport
import Foundation
import Logging
import OrderedCollections
import Testing

/// The coordinator's shell on loopback, without workers.
struct CoordinatorServiceTests {
    private let root = FileManager.default.temporaryDirectory.appending(
        path: "atelier-coordinator-\(UUID().uuidString)")
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func service(port: String = "tcp://127.0.0.1:0") async throws -> CoordinatorService {
        var configuration = CoordinatorService.Configuration(
            stateFolder: root.appending(path: "state").path, outputFolder: root.appending(path: "out").path)
        configuration.control = port
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

    @Test(
        "A job is accepted once, known after a restart, and marked as interrupted when the service stops",
        .timeLimit(.minutes(5)))
    func submission() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let first = try await service()
        async let serving: Void = first.run()
        let id = try await first.submit(job(), key: try key(1))
        #expect(try await first.submit(job(), key: try key(1)) == id)
        #expect(try await first.status(of: id).waiting == 3)
        await #expect(throws: RequestRefused.self) { try await first.submit(job(), key: try key(2)) }
        let outputs = await first.stop()
        try await serving
        let folder = try #require(outputs[id]?.folder)
        let manifest = try Manifest(
            decoding: try Data(contentsOf: URL(fileURLWithPath: folder + "/manifest.json")), at: folder)
        #expect(manifest.job.state == .interrupted && manifest.job.counts.waiting == 3)

        let second = try await service()
        async let servingAgain: Void = second.run()
        #expect(try await second.status(of: id).name == "sweep")
        #expect(try await second.submit(job(), key: try key(1)) == id)
        await second.stop()
        try await servingAgain
    }

    @Test("A second coordinator on the same state is refused in one line", .timeLimit(.minutes(5)))
    func exclusive() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let first = try await service()
        async let serving: Void = first.run()
        let error = await #expect(throws: StoreError.self) { try await service() }
        #expect(error.map { "\($0)".contains("\n") } == false)
        await first.stop()
        try await serving
    }

    @Test(
        "A start that fails after the ports are bound is an error, and the ports are free again",
        .timeLimit(.minutes(5)))
    func failedStart() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let obstacle = root.appending(path: "state/endpoints.json/obstacle")
        try FileManager.default.createDirectory(at: obstacle, withIntermediateDirectories: true)
        await #expect(throws: (any Error).self) { try await service() }
        try FileManager.default.removeItem(at: obstacle.deletingLastPathComponent())
        let second = try await service()
        async let serving: Void = second.run()
        await second.stop()
        try await serving
    }

    @Test("A port that is taken is an error, and the state is free again", .timeLimit(.minutes(5)))
    func portTaken() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let other = root.appending(path: "other")
        let configuration = CoordinatorService.Configuration(
            stateFolder: other.path, outputFolder: other.appending(path: "out").path)
        let holder = try await CoordinatorService(configuration: configuration, logger: logger)
        async let serving: Void = holder.run()
        await #expect(throws: ZMQError.self) { try await service(port: holder.endpoints.control) }
        let third = try await service()
        async let servingThird: Void = third.run()
        await third.stop()
        await holder.stop()
        try await serving
        try await servingThird
    }

    @Test("A start that fails after the ports are open closes them and says why", .timeLimit(.minutes(5)))
    func lateFailure() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        // Where the endpoints are to be written lies something that cannot be replaced, as on a full disk.
        let obstacle = root.appending(path: "state/endpoints.json/in-the-way")
        try FileManager.default.createDirectory(at: obstacle, withIntermediateDirectories: true)
        await #expect(throws: (any Error).self) { try await service() }
        try FileManager.default.removeItem(at: root.appending(path: "state/endpoints.json"))
        let second = try await service()
        async let serving: Void = second.run()
        await second.stop()
        try await serving
    }
}
