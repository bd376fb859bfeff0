import FarmModel
import FarmStore
import FarmTransport
import Foundation
import OrderedCollections
import Testing

@testable import WorkerService

/// What goes over the pipes between a worker and its engine, and what becomes of an engine's outputs.
struct EngineTests {
    private func folder() throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "atelier-engine-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    @Test("Commands and events survive the line format, numbers that are no numbers included")
    func lines() throws {
        let task = EngineTask(
            key: "1/0#1", action: "render", label: "0001-x", settings: "{\"prompt\":\"a\\nb\"}", folder: "/f")
        for command in [EngineCommand.run(task), .stop(key: "1/0#1")] {
            let line = try EngineLine.encode(command)
            #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1 && line.last == UInt8(ascii: "\n"))
            #expect(try EngineLine.decode(String(decoding: line.dropLast(), as: UTF8.self)) == command)
        }
        let output = EngineOutput(
            files: [.init(name: "a.png", kind: "frame")], metrics: ["final_loss": -.infinity], facts: ["engine": "0"],
            wallMilliseconds: 5)
        for event in [EngineEvent.finished(key: "k", output), .failed(key: "k", kind: .task, message: "é")] {
            let line = try EngineLine.encode(event)
            #expect(try EngineLine.decode(String(decoding: line.dropLast(), as: UTF8.self)) == event)
        }
        let lost = try EngineLine.encode(
            EngineEvent.progress(key: "k", iteration: 1, iterations: 2, loss: .nan, rate: 0))
        guard
            case .progress(_, _, _, let loss, _) = try EngineLine.decode(String(decoding: lost, as: UTF8.self))
                as EngineEvent
        else {
            Issue.record("not a progress event")
            return
        }
        #expect(loss.isNaN)
    }

    @Test("A no-op task waits, writes its settings and can be stopped")
    func noop() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let task = EngineTask(
            key: "1/0#1", action: "noop", label: "0001", settings: #"{"milliseconds":1}"#, folder: folder)
        let output = try NoopExecution.run(task, wish: { .goOn }, report: { _ in })
        #expect(output.files == [.init(name: "0001.txt", kind: "file")])
        #expect(try String(contentsOfFile: folder + "/0001.txt", encoding: .utf8) == "{\"milliseconds\":1}\n")
        var long = task
        long.settings = #"{"milliseconds":3600000}"#
        #expect(throws: EngineStopped.self) { try NoopExecution.run(long, wish: { .stop }, report: { _ in }) }
        long.settings = #"{"milliseconds":"soon"}"#
        #expect(throws: EngineFailure.self) { try NoopExecution.run(long, wish: { .goOn }, report: { _ in }) }
    }

    @Test("Collected outputs carry size and digest; a file that is missing or badly named is bad output")
    func collection() throws {
        let state = try folder()
        defer { try? FileManager.default.removeItem(atPath: state) }
        let outbox = try OutboxStore(folder: state)
        let attempt = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)
        let folder = try outbox.prepare(attempt)
        try Data("abc".utf8).write(to: URL(fileURLWithPath: folder + "/a.txt"))
        var output = EngineOutput(
            files: [.init(name: "a.txt", kind: "file")], metrics: ["b": 1, "a": 2], facts: ["z": "1", "y": "2"],
            wallMilliseconds: 7)
        let result = try OutputCollector.collect(output, of: attempt, in: outbox).get()
        #expect(result.artifacts.map(\.byteCount) == [3])
        #expect(
            "\(result.artifacts[0].digest)" == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Array(result.metrics.keys) == ["a", "b"] && Array(result.facts.keys) == ["y", "z"])
        for file in [
            EngineOutput.File(name: "b.txt", kind: "file"), .init(name: "../a.txt", kind: "file"),
            .init(name: "a.txt", kind: "exe"),
        ] {
            output.files = [file]
            let failure = #expect(throws: Failure.self) {
                try OutputCollector.collect(output, of: attempt, in: outbox).get()
            }
            #expect(failure?.failureClass == .badOutput)
        }
    }

    @Test("What no report could hold is bad output, and nothing of it comes into the outbox")
    func unspeakable() throws {
        let state = try folder()
        defer { try? FileManager.default.removeItem(atPath: state) }
        let outbox = try OutboxStore(folder: state)
        let attempt = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)
        let folder = try outbox.prepare(attempt)
        let names = (0...Limits.artifacts).map { "\($0).txt" }
        for name in names { try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
        let files = names.map { EngineOutput.File(name: $0, kind: "file") }
        let fine = EngineOutput(files: Array(files.dropLast()), metrics: [:], facts: [:], wallMilliseconds: 1)
        #expect(try OutputCollector.collect(fine, of: attempt, in: outbox).get().artifacts.count == Limits.artifacts)
        let many = Dictionary(uniqueKeysWithValues: names.map { ($0, "fact") })
        let outputs = [
            "too many files": EngineOutput(files: files, metrics: [:], facts: [:], wallMilliseconds: 1),
            "two of one name": EngineOutput(
                files: [files[0], files[1], files[0]], metrics: [:], facts: [:], wallMilliseconds: 1),
            "too many facts": EngineOutput(files: [files[0]], metrics: [:], facts: many, wallMilliseconds: 1),
            "a fact without a name": EngineOutput(files: [], metrics: [:], facts: ["": "a"], wallMilliseconds: 1),
            "a fact that fills a frame": EngineOutput(
                files: [], metrics: [:], facts: ["a": String(repeating: "x", count: 1 << 20)], wallMilliseconds: 1),
            "a negative time": EngineOutput(files: [], metrics: [:], facts: [:], wallMilliseconds: -1),
        ]
        for (name, output) in outputs {
            let failure = #expect(throws: Failure.self, "\(name)") {
                try OutputCollector.collect(output, of: attempt, in: outbox).get()
            }
            #expect(failure?.failureClass == .badOutput, "\(name): \(String(describing: failure))")
        }
    }
}

struct ControlLinkTests {
    @Test(
        "A blob endpoint on all addresses is sought where the control port was reached",
        arguments: [
            ("tcp://0.0.0.0:7402", "tcp://farm.example:7402"), ("tcp://*:7402", "tcp://farm.example:7402"),
            ("tcp://[::]:7402", "tcp://farm.example:7402"), ("tcp://10.0.0.9:7402", "tcp://10.0.0.9:7402"),
        ])
    func wildcard(announced: String, expected: String) {
        #expect(Endpoint.resolve(announced, reachedAt: "tcp://farm.example:7401") == expected)
    }

    @Test("An address of the sixth version is put in brackets, once")
    func brackets() {
        #expect(Endpoint.tcp("fd00::1", port: 7401) == "tcp://[fd00::1]:7401")
        #expect(Endpoint.tcp("[::1]", port: 7401) == "tcp://[::1]:7401")
        #expect(Endpoint.tcp("10.0.0.1", port: 7401) == "tcp://10.0.0.1:7401")
        #expect(Endpoint.advertised("tcp://[::]:7402", host: "fd00::1", ownName: "n") == "tcp://[fd00::1]:7402")
    }
}
