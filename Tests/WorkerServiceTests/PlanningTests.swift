import FarmModel
import Foundation
import Guidance
import Testing

@testable import WorkerService

@Suite("Renders within an amount of memory")
struct PlanningTests {
    private func task(_ folder: String, size: Int, vqgan: String? = nil) throws -> EngineTask {
        var spec = RenderDefaults.starter.spec
        spec.prompt = "a red circle"
        spec.size = PictureSize(width: size, height: size)
        spec.iterations = 2
        if let vqgan { spec.vqgan = FileReference(name: vqgan) }
        return EngineTask(
            key: "1/0#1", action: "render", label: "0001", settings: try spec.canonicalJSON(), folder: folder)
    }

    private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-planning-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.path)
    }

    @Test("A budget that is too small is refused before anything is written, and blames the worker that has it")
    func refusal() throws {
        try withFolder { folder in
            let execution = RenderExecution(threads: 1, memory: 90 << 20)
            do {
                _ = try execution.run(try task(folder, size: 256), wish: { .goOn }, report: { _ in })
                Issue.record("90 MiB must be too little")
            } catch let failure as EngineFailure {
                #expect(failure.kind == .memory)
                let blame = failure.kind.failure(failure.message)
                #expect(blame.failureClass == .infrastructure && blame.isBlame)
                #expect(failure.message.contains("does not fit 90M") && failure.message.contains("at least"))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("The same picture comes out with a budget and without; with one the facts name what was promised")
    func budget() throws {
        try withFolder { folder in
            func render(_ memory: Int?, _ name: String) throws -> (facts: [String: String], picture: Data) {
                let place = folder + "/" + name
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                let output = try RenderExecution(threads: 1, memory: memory).run(
                    try task(place, size: 64), wish: { .goOn }, report: { _ in })
                return (output.facts, try Data(contentsOf: URL(fileURLWithPath: place + "/0001.png")))
            }
            let (free, bounded) = (try render(nil, "free"), try render(1 << 30, "bounded"))
            #expect(free.picture == bounded.picture)
            #expect(free.facts["memory_budget"] == nil)
            #expect(bounded.facts["memory_budget"] == "1G")
            #expect(MemorySize(bounded.facts["memory_expected"] ?? "").map { $0.bytes <= 1 << 30 } == true)
        }
    }

    @Test("What is free is the least of the machine's and its control groups', with what the process has already")
    func available() {
        #expect(AvailableMemory.free(limit: "max\n", used: "5\n", own: 3) == nil)
        #expect(AvailableMemory.free(limit: "1000\n", used: "400\n", own: 100) == 700)
        #expect(AvailableMemory.free(limit: "1000\n", used: "4000\n", own: 100) == 100)
    }

    @Test("A file that the system withholds blames the worker, one that is no model blames the task")
    func unreadableModel() throws {
        try withFolder { folder in
            func kind(of path: String) throws -> EngineFailure.Kind? {
                let task = try task(folder, size: 64, vqgan: path)
                do {
                    _ = try RenderExecution(threads: 1).run(task, wish: { .goOn }, report: { _ in })
                    return nil
                } catch { return (error as? EngineFailure)?.kind }
            }
            #expect(try kind(of: folder + "/gone.safetensors") == .infrastructure)
            let path = folder + "/text.safetensors"
            try Data("this is no model, however often it is read".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try kind(of: path) == .configuration)
        }
    }
}
