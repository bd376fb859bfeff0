import ArgumentParser
import Bench
import Foundation
import Guidance

/// `atelier bench`: how fast the loop runs on this machine, and where the time and the memory go.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure the render loop or a coordinator on this machine.",
        discussion: """
            Renders with random weights in the shapes of the published models (f16 VQGAN with 16384 codes, ViT-B/32), \
            so no file is needed. Processor seconds count all threads; on a busy machine they say more than the clock.
            """,
        subcommands: [Loop.self, Operations.self, Memory.self, Farm.self], defaultSubcommand: Loop.self)

    /// What is rendered, for every subcommand.
    struct Setting: ParsableArguments {
        @Option(help: ArgumentHelp("Width and height in pixels.", valueName: "WxH"))
        var size = "256x256"

        @Option(help: ArgumentHelp("Views that CLIP judges in each step.", valueName: "n"))
        var cutouts = 32

        @Option(help: ArgumentHelp("Iterations that count, after one that does not.", valueName: "n"))
        var iterations = 5

        @Option(
            help: ArgumentHelp(
                "The CLIP to make up: \(PublishedCLIP.allCases.map(\.rawValue).joined(separator: " or ")).",
                valueName: "name"),
            transform: { name in
                guard let clip = PublishedCLIP(rawValue: name) else { throw ValidationError("there is no \(name)") }
                return clip
            })
        var vit = PublishedCLIP.viTB32

        @Option(help: ArgumentHelp("A VQGAN to load instead, with its .yaml beside it.", valueName: "file"))
        var vqgan: String?

        @Option(help: ArgumentHelp("A CLIP to load instead, with its config beside it.", valueName: "file"))
        var clip: String?

        @Flag(help: "Print the figures as JSON.")
        var json = false

        func validate() throws {
            guard (vqgan == nil) == (clip == nil) else { throw ValidationError("--vqgan and --clip go together") }
            guard extents != nil else {
                throw ValidationError("--size is \(size); it is two multiples of 16, as 256x256")
            }
            guard (1...1024).contains(cutouts) else { throw ValidationError("--cutouts lies in 1 ... 1024") }
            guard (1...1000).contains(iterations) else { throw ValidationError("--iterations lies in 1 ... 1000") }
        }

        private var extents: (width: Int, height: Int)? { Setting.extents(size) }

        static func extents(_ size: String) -> (width: Int, height: Int)? {
            let parts = size.split(separator: "x").map { Int($0) }
            guard parts.count == 2, let width = parts[0], let height = parts[1] else { return nil }
            let isValid = [width, height].allSatisfy { (16...4096).contains($0) && $0.isMultiple(of: 16) }
            return isValid ? (width, height) : nil
        }

        var benchSetting: BenchSetting {
            let models: BenchModels =
                if let vqgan, let clip { .files(vqgan: vqgan, clip: clip) } else { .synthetic(vit) }
            return BenchSetting(
                models: models, size: extents ?? (256, 256), cutouts: cutouts, iterations: iterations)
        }

        func show(_ figures: some Encodable, text: String) throws {
            guard json else { return print(text) }
            print(try JSONText.pretty(figures))
        }
    }

    struct Loop: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seconds of an iteration, in total and by parts, for one or several numbers of threads.")

        @OptionGroup var setting: Setting

        @Option(help: ArgumentHelp("Numbers of threads, as in 1,2,4.", valueName: "list"))
        var threads: String?

        @OptionGroup var bound: MemoryFlag

        func run() throws {
            let bench = try BenchCommand.measuring {
                try LoopBench(
                    setting.benchSetting, threads: try BenchCommand.threadCounts(threads), memory: bound.memory)
            }
            try setting.show(bench, text: bench.text)
        }
    }

    struct Operations: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every operation of an iteration against the peaks of matrix products and of copies.")

        @OptionGroup var setting: Setting

        @Option(help: ArgumentHelp("Number of threads.", valueName: "n"))
        var threads: String?

        func run() throws {
            let bench = try BenchCommand.measuring {
                try OperationBench(setting.benchSetting, threads: try BenchCommand.threadCounts(threads)[0])
            }
            try setting.show(bench, text: bench.text)
        }
    }

    struct Memory: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The greatest resident memory of a render beside what its plan expects.",
            discussion: "Each size and bound is rendered by a process of its own.")

        @OptionGroup var setting: Setting

        @Option(help: ArgumentHelp("Number of threads.", valueName: "n"))
        var threads: String?

        @Option(
            name: .customLong("memory"),
            help: ArgumentHelp("Bounds of memory, as in 1G,2G,none.", valueName: "list"))
        var bounds = "none"

        @Option(help: ArgumentHelp("Several sizes instead of one, as in 256x256,512x512.", valueName: "list"))
        var sizes: String?

        @Flag(help: "Only plan: render nothing.")
        var planOnly = false

        @Flag(help: .hidden)
        var inThisProcess = false

        func run() throws {
            let threads = try BenchCommand.threadCounts(threads)[0]
            let bounds = try bounds.split(separator: ",").map { text -> MemorySize? in
                guard text != "none" else { return nil }
                guard let size = MemorySize(String(text)) else {
                    throw ValidationError("\(text) is no memory size, such as 2G")
                }
                return size
            }
            if inThisProcess {
                let row = try BenchCommand.measuring {
                    try MemoryBench.render(setting.benchSetting, threads: threads, bound: bounds[0])
                }
                return print(String(decoding: try JSONEncoder().encode(row), as: UTF8.self))
            }
            let settings = try (sizes ?? setting.size).split(separator: ",").map { text in
                guard let size = Setting.extents(String(text)) else {
                    throw ValidationError("\(text) is no size, such as 256x256")
                }
                var benched = setting.benchSetting
                benched.size = size
                return benched
            }
            guard !settings.isEmpty, !bounds.isEmpty else {
                throw ValidationError("--sizes and --memory: give at least one of each")
            }
            let bench = try BenchCommand.measuring {
                try MemoryBench(settings, threads: threads, bounds: bounds) { benched, bound in
                    planOnly ? nil : try measure(benched, threads: threads, bound: bound)
                }
            }
            try setting.show(bench, text: bench.text)
        }

        /// Runs this command again for one row.
        private func measure(_ benched: BenchSetting, threads: Int, bound: MemorySize?) throws -> MemoryBench.Measured {
            let child = Process()
            child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            var arguments = ["bench", "memory", "--in-this-process", "--threads", "\(threads)"]
            arguments += ["--size", "\(benched.size.width)x\(benched.size.height)", "--cutouts", "\(benched.cutouts)"]
            arguments += ["--iterations", "\(benched.iterations)", "--memory", bound.map { "\($0)" } ?? "none"]
            arguments += ["--vit", setting.vit.rawValue]
            if let vqgan = setting.vqgan, let clip = setting.clip { arguments += ["--vqgan", vqgan, "--clip", clip] }
            child.arguments = arguments
            let output = Pipe()
            child.standardOutput = output
            try child.run()
            let text = output.fileHandleForReading.readDataToEndOfFile()
            child.waitUntilExit()
            guard child.terminationStatus == 0 else {
                throw UserError(
                    "the render of \(benched.size.width)×\(benched.size.height) ended with \(child.terminationStatus)")
            }
            return try JSONDecoder().decode(MemoryBench.Measured.self, from: text)
        }
    }

    /// `1,2,4` as numbers; as many threads as there are processors if nothing is named.
    fileprivate static func threadCounts(_ text: String?) throws -> [Int] {
        guard let text else { return [ProcessInfo.processInfo.activeProcessorCount] }
        let counts = text.split(separator: ",").map { Int($0) ?? 0 }
        guard !counts.isEmpty, counts.allSatisfy({ (1...1024).contains($0) }) else {
            throw ValidationError("--threads is \(text); it is numbers in 1 ... 1024, joined by commas")
        }
        return counts
    }

    fileprivate static func measuring<Figures>(_ body: () throws -> Figures) throws -> Figures {
        do { return try body() } catch let error as ValidationError { throw error } catch {
            throw UserError("\(error)")
        }
    }
}
