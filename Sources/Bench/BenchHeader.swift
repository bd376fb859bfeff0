import COpenBLAS
import Foundation
import TensorCPU

/// What the figures below it depend on besides the code.
public struct BenchHeader: Encodable, Sendable {
    /// The processor's name.
    public let cpu: String
    /// The kernels that OpenBLAS chose, and its version.
    public let openBLAS: String
    /// How the program was built.
    public let build: String
    /// What is rendered.
    public let models: String

    init(models: BenchModels) {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let name = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("model name") }
        cpu =
            name.flatMap { $0.split(separator: ":").last }.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
        let core = openblas_get_corename().map { String(cString: $0) } ?? "unknown"
        let version = openblas_get_config().map { String(cString: $0) } ?? ""
        openBLAS = "\(core) (\(version.split(separator: " ").prefix(2).joined(separator: " ")))"
        #if DEBUG
            build = "debug"
        #else
            build = "release"
        #endif
        self.models = models.title
    }

    var text: String { "processor \(cpu) · OpenBLAS \(openBLAS) · \(build) build\nmodels    \(models)" }

    private enum CodingKeys: String, CodingKey {
        case cpu, build, models
        case openBLAS = "openblas"
    }
}

/// What is rendered in a benchmark.
public struct BenchSetting: Sendable {
    /// The models.
    public var models: BenchModels
    /// Extents of the picture in pixels.
    public var size: (width: Int, height: Int)
    /// Views per step.
    public var cutouts: Int
    /// Iterations that count, after one that does not.
    public var iterations: Int

    /// Makes a setting.
    public init(models: BenchModels, size: (width: Int, height: Int), cutouts: Int, iterations: Int) {
        (self.models, self.size, self.cutouts, self.iterations) = (models, size, cutouts, iterations)
    }
}
