import ArgumentParser
import Foundation
import Guidance
import TensorCPU
import TensorCore

/// `atelier parity FOLDER…`: holds the networks against recorded PyTorch results.
struct ParityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parity",
        abstract: "Check models against tensors that PyTorch computed.",
        discussion: """
            A folder holds about.json, a checkpoint (or the path of one) and expected.safetensors. For every expected \
            tensor the largest absolute difference and the largest difference relative to the tensor's largest \
            magnitude are printed; the exit code is 1 if one is beyond the tolerance. Over the steps of a loop rounding grows: \
            its losses may differ by 1e-3 each, its last latent by a tenth of the way it went. A folder of kind optimizer needs no checkpoint; \
            its variables may differ by 1e-5.
            """)

    @Argument(help: ArgumentHelp("Folders to check.", valueName: "folder"))
    var folders: [String]

    @Option(parsing: .unconditional, help: ArgumentHelp("Largest relative difference allowed.", valueName: "x"))
    var tolerance: Float = 1e-4

    @Option(parsing: .unconditional, help: ArgumentHelp("Threads of the tensor backend.", valueName: "n"))
    var threads: Int?

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        guard tolerance > 0, tolerance.isFinite else {
            throw ValidationError("--tolerance is \(tolerance); it is a positive number")
        }
        if let threads, !(1...Limits.threads).contains(threads) {
            throw ValidationError("--threads is \(threads); it lies in 1 ... \(Limits.threads)")
        }
    }

    func run() throws {
        let backend = CPUBackend(threads: threads)
        var reports: [ParityReport] = []
        for folder in folders {
            do {
                reports.append(try ParityCheck.run(folder: folder, backend: backend, tolerance: tolerance))
            } catch {
                throw UserError("\(error)")
            }
            if !json { print(reports[reports.count - 1]) }
        }
        if json {
            let encoder = JSONEncoder()
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(reports.map(ParityFigures.init)), as: UTF8.self))
        }
        if !reports.allSatisfy(\.passed) { throw ExitCode(1) }
    }
}

/// A report as JSON.
private struct ParityFigures: Encodable {
    struct Row: Encodable {
        var tensor: String
        var shape: [Int]
        var absolute: Float
        var relative: Float
        var tolerance: Float
        var passed: Bool
    }

    var folder: String
    var kind: String
    var backend: String
    var passed: Bool
    var tensors: [Row]

    init(_ report: ParityReport) {
        (folder, kind, backend, passed) = (report.folder, report.kind, report.backend, report.passed)
        tensors = report.rows.map {
            Row(
                tensor: $0.name, shape: $0.shape.dimensions, absolute: $0.absolute, relative: $0.relative,
                tolerance: $0.tolerance, passed: $0.passed)
        }
    }
}
