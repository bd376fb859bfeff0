import Foundation
public import Guidance
import TensorCPU

/// Times whole iterations of the render loop and their parts.
public struct LoopBench: Encodable {
    /// One number of threads.
    struct Row: Encodable {
        let threads: Int
        /// What is kept in memory and what computed again.
        let strategy: String
        /// Seconds until both models were ready.
        let loadSeconds: Double
        /// Seconds of an iteration.
        let seconds: Spread
        /// Processor seconds of an iteration, of all threads together: what a busy machine does not stretch.
        let cpuSeconds: Spread
        /// Median seconds of each part.
        let parts: [String: Double]
        /// Median processor seconds of each part.
        let cpuParts: [String: Double]
    }

    let header: BenchHeader
    let size: [Int]
    let cutouts: Int
    let rows: [Row]

    /// Measures, once for each number of threads, a render that stays within `memory` or that nobody bounds.
    ///
    /// - Throws: the error of loading the models or of the loop, or a `MemoryRefusal`.
    public init(_ setting: BenchSetting, threads: [Int], memory: MemorySize? = nil) throws {
        header = BenchHeader(models: setting.models)
        size = [setting.size.width, setting.size.height]
        cutouts = setting.cutouts
        rows = try threads.map { try LoopBench.row(setting, threads: $0, memory) }
    }

    private static func row(_ setting: BenchSetting, threads: Int, _ memory: MemorySize?) throws -> Row {
        let strategy =
            try memory.map { try MemoryBench.planner(setting, threads: threads).plan(within: $0).get().strategy }
            ?? .usual(for: BenchLoop.spec(setting, iterations: setting.iterations))
        let clock = OperationClock(CPUBackend(threads: threads))
        let start = Instant.now()
        let models = try setting.models.load(on: clock)
        let loadSeconds = Instant.now().wall - start.wall
        let iterations = try BenchLoop.run(setting, models, clock, strategy: strategy)
        var (parts, cpuParts): ([String: Double], [String: Double]) = ([:], [:])
        for part in LoopPart.allCases {
            parts[part.rawValue] = Spread(iterations.map { $0.parts[part]?.wall ?? 0 }).median
            cpuParts[part.rawValue] = Spread(iterations.map { $0.parts[part]?.cpu ?? 0 }).median
        }
        return Row(
            threads: threads, strategy: strategy.description, loadSeconds: loadSeconds,
            seconds: Spread(iterations.map(\.wall)), cpuSeconds: Spread(iterations.map(\.cpu)), parts: parts,
            cpuParts: cpuParts)
    }

    /// A table with a column per number of threads.
    public var text: String {
        var lines = [header.text, "setting   \(size[0])×\(size[1]), \(cutouts) cutouts"]
        // The plan does not depend on the number of threads but for scratch memory.
        lines += ["memory    " + (rows.first?.strategy ?? ""), ""]
        func line(_ title: String, _ figures: [String]) -> String {
            title.padding(toLength: 30, withPad: " ", startingAt: 0)
                + figures.map { String(repeating: " ", count: max(0, 22 - $0.count)) + $0 }.joined()
        }
        lines.append(line("milliseconds (processor's)", rows.map { "\($0.threads) threads" }))
        for part in LoopPart.allCases {
            lines.append(
                line(
                    part.title,
                    rows.map { milliseconds($0.parts[part.rawValue] ?? 0, $0.cpuParts[part.rawValue] ?? 0) }))
        }
        lines.append(line("iteration, median", rows.map { milliseconds($0.seconds.median, $0.cpuSeconds.median) }))
        lines.append(line("iteration, least", rows.map { milliseconds($0.seconds.least, $0.cpuSeconds.least) }))
        lines.append(line("models ready after", rows.map { milliseconds($0.loadSeconds, nil) }))
        return lines.joined(separator: "\n")
    }

    private func milliseconds(_ wall: Double, _ cpu: Double?) -> String {
        let first = String(Int((wall * 1000).rounded()))
        return cpu.map { "\(first) (\(Int(($0 * 1000).rounded())))" } ?? first
    }
}
