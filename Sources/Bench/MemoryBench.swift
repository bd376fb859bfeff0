import Foundation
import Guidance
import TensorCPU

/// The greatest resident memory of a process that renders.
public struct MemoryBench: Encodable {
    let header: BenchHeader
    let size: [Int]
    let cutouts: Int
    /// Resident bytes once the models are loaded.
    let loaded: Int
    /// Greatest resident bytes up to the end of the last iteration.
    let peak: Int

    /// Renders a few iterations in this process.
    ///
    /// - Throws: the error of loading the models or of the loop.
    public init(_ setting: BenchSetting, threads: Int) throws {
        header = BenchHeader(models: setting.models)
        size = [setting.size.width, setting.size.height]
        cutouts = setting.cutouts
        let backend = CPUBackend(threads: threads)
        let models = try setting.models.load(on: backend)
        loaded = MemoryBench.resident("VmRSS")
        var loop = try BenchLoop.loop(setting, models, backend, iterations: setting.iterations)
        while !loop.isFinished { _ = try loop.step() }
        peak = MemoryBench.resident("VmHWM")
    }

    /// A line of `/proc/self/status` in bytes; 0 where the system has none.
    private static func resident(_ key: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(whereSeparator: \.isNewline).first { $0.hasPrefix(key + ":") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// The figures in MiB.
    public var text: String {
        """
        \(header.text)
        setting   \(size[0])×\(size[1]), \(cutouts) cutouts

        models loaded    \(loaded >> 20) MiB
        greatest         \(peak >> 20) MiB
        """
    }
}
