import Foundation
public import Guidance
import TensorCPU

/// The greatest resident memory of processes that render, beside what was planned.
public struct MemoryBench: Encodable {
    /// What a process that renders found out.
    public struct Measured: Codable, Sendable {
        /// Greatest resident bytes of the process up to the end of the last iteration.
        public var peak: Int
        /// Greatest resident bytes of tensors.
        public var tensors: Int
        /// Median seconds of an iteration.
        public var seconds: Double
    }

    /// One size under one bound.
    struct Row: Encodable {
        let size: [Int]
        /// Bytes; nil for a render that nobody bounds.
        let bound: Int?
        /// Bytes that the plan expects; nil where it refuses.
        let planned: Int?
        /// Expected time of a step over that of a render that nobody bounds.
        let slowdown: Double?
        let strategy: String?
        let refusal: String?
        let measured: Measured?
    }

    let header: BenchHeader
    let cutouts: Int
    let rows: [Row]

    /// Plans every size under every bound; `measure` renders it in a process of its own, or gives nil.
    ///
    /// - Throws: the error of loading the models, of the loop or of `measure`.
    public init(
        _ settings: [BenchSetting], threads: Int, bounds: [MemorySize?],
        measure: (BenchSetting, MemorySize?) throws -> Measured?
    ) throws {
        header = BenchHeader(models: settings[0].models)
        cutouts = settings[0].cutouts
        var rows: [Row] = []
        for setting in settings {
            let planner = try MemoryBench.planner(setting, threads: threads)
            for bound in bounds {
                let size = [setting.size.width, setting.size.height]
                switch try bound.map({ try planner.plan(within: $0) }) ?? .success(planner.unbounded) {
                case .success(let plan):
                    rows.append(
                        Row(
                            size: size, bound: bound?.bytes, planned: plan.peak.bytes, slowdown: plan.slowdown,
                            strategy: plan.strategy.description, refusal: nil, measured: try measure(setting, bound)))
                case .failure(let refusal):
                    rows.append(
                        Row(
                            size: size, bound: bound?.bytes, planned: nil, slowdown: nil, strategy: nil,
                            refusal: refusal.description, measured: nil))
                }
            }
        }
        self.rows = rows
    }

    /// Plans and renders a few iterations in this process.
    ///
    /// - Throws: the error of loading the models or of the loop, or a `MemoryRefusal`.
    public static func render(_ setting: BenchSetting, threads: Int, bound: MemorySize?) throws -> Measured {
        let planner = try planner(setting, threads: threads)
        let plan = try bound.map { try planner.plan(within: $0).get() } ?? planner.unbounded
        return try render(setting, threads: threads, plan.strategy)
    }

    private static func render(_ setting: BenchSetting, threads: Int, _ strategy: MemoryStrategy) throws -> Measured {
        let backend = CPUBackend(threads: threads)
        let models = try setting.models.load(on: backend)
        var loop = try BenchLoop.loop(
            setting, models, backend, iterations: setting.iterations, strategy: strategy)
        var seconds: [Double] = []
        while !loop.isFinished {
            let start = Instant.now().wall
            _ = try loop.step()
            seconds.append(Instant.now().wall - start)
        }
        return Measured(
            peak: resident("VmHWM"), tensors: backend.greatestBytes, seconds: Spread(seconds).median)
    }

    /// Plans for renders of a setting.
    static func planner(_ setting: BenchSetting, threads: Int) throws -> MemoryPlanner {
        let backend = CPUBackend.rehearsal(threads: threads)
        return try MemoryPlanner(
            spec: BenchLoop.spec(setting, iterations: setting.iterations), models: try setting.models.load(on: backend),
            on: backend)
    }

    /// A line of `/proc/self/status` in bytes; 0 where the system has none.
    private static func resident(_ key: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(whereSeparator: \.isNewline).first { $0.hasPrefix(key + ":") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// A table with a row per size and bound, in MiB.
    public var text: String {
        func column(_ text: String, _ width: Int) -> String {
            text.count < width ? String(repeating: " ", count: width - text.count) + text : text
        }
        func mebibytes(_ bytes: Int?) -> String { bytes.map { "\($0 >> 20)" } ?? "-" }
        var lines = [header.text, "setting   \(cutouts) cutouts", ""]
        lines.append(
            zip(["size", "bound", "planned", "measured", "slower", "step"], [10, 8, 9, 10, 8, 9]).map(column).joined()
                + "  strategy")
        for row in rows {
            var line = column("\(row.size[0])×\(row.size[1])", 10) + column(mebibytes(row.bound), 8)
            line += column(mebibytes(row.planned), 9) + column(mebibytes(row.measured?.peak), 10)
            line += column(row.slowdown.map { "\(Int((($0 - 1) * 100).rounded())) %" } ?? "-", 8)
            line += column(row.measured.map { "\(Int(($0.seconds * 1000).rounded())) ms" } ?? "-", 9)
            lines.append(line + "  " + (row.strategy ?? row.refusal ?? ""))
        }
        return lines.joined(separator: "\n")
    }
}
