import Foundation
import Testing

@testable import WorkerService

/// Of several pictures a judge keeps one.
struct BestOfTests {
    @Test("The best of some pictures is kept, and its seed alone gives the same file")
    func bestOf() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-best-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let judge = try OtherStarter(in: folder).path

        let execution = RenderExecution(threads: 1)
        func render(_ more: String) throws -> (output: EngineOutput, picture: Data) {
            let settings =
                #"{"prompt":"a red flower","start":"random","iterations":2,"cutouts":2,"size":[32,32],"#
                + #""judge":"\#(judge)",\#(more)}"#
            var iterations = 0
            let task = EngineTask(key: "1/0#1", action: "render", label: "0001", settings: settings, folder: folder)
            let output = try execution.run(task, wish: { .goOn }) { event in
                if case .progress(_, _, let total, _, _) = event { iterations = total }
            }
            #expect([0, 2, 6].contains(iterations))
            return (output, try Data(contentsOf: URL(fileURLWithPath: folder + "/0001.png")))
        }
        let best = try render(#""seed":5,"best_of":3"#)
        let score = try #require(best.output.metrics["score"])
        let first = try render(#""seed":5"#)
        #expect(score >= (first.output.metrics["score"] ?? .infinity))
        let seed = try #require(best.output.facts["rendered_seed"])
        let again = try render(#""seed":\#(seed)"#)
        #expect(again.output.metrics["score"] == score)
        let same = again.picture == best.picture
        #expect(same)
        #expect(best.output.facts["judge_weights_sha256"] != best.output.facts["clip_weights_sha256"])
    }
}
