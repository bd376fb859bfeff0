import ArgumentParser
import Foundation

/// `chaos soak`: kills, stops and cuts off at random, then checks that nothing was lost.
struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Kill, stop and cut off at random, heal, and check that every task was recorded exactly once.",
        discussion: "Exit codes: 0 no violation; 1 at least one; 2 the run could not be made.")

    @Option(help: "Minutes of faults; healing and checking come on top.")
    var minutes = 2.0

    @Option(help: "Processes to end by force in that time.")
    var kills: Int?

    @Option(help: "What the faults are drawn from.")
    var seed: UInt64 = 1

    @Option(help: "Workers, each with one engine.")
    var workers = 5

    @OptionGroup var place: PlaceFlags

    @Flag(help: "No pictures, only tasks that wait.")
    var noRenders = false

    @Flag(help: "No disks that are filled: mount nothing.")
    var noVolumes = false

    @Flag(help: "Print the outcome as JSON, and nothing on the way.")
    var json = false

    func validate() throws {
        guard (0.05...120).contains(minutes) else { throw ValidationError("--minutes lies in 0.05 ... 120") }
        guard (1...32).contains(workers) else { throw ValidationError("--workers lies in 1 ... 32") }
    }

    func run() async throws {
        Interruption.watch()
        let folder = try place.makeFolder()
        let soak = try Soak(
            Soak.Options(
                seed: seed, seconds: minutes * 60, kills: kills ?? Int(minutes * 10), workers: workers,
                program: try place.program(), folder: folder, renders: !noRenders, fillsDisks: !noVolumes,
                isQuiet: json))
        let report = try await soak.work()
        print(json ? report.json : report.table)
        if report.violations.isEmpty { place.remove(folder) } else { throw ExitCode(1) }
    }
}

/// Where the program is and where its files go.
struct PlaceFlags: ParsableArguments {
    @Option(help: "The atelier program; by default the one beside this one.")
    var atelier: String?

    @Option(help: "A folder for everything; by default a new one, removed when all is well.")
    var folder: String?

    func program() throws -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let path = atelier ?? URL(fileURLWithPath: own).deletingLastPathComponent().appending(path: "atelier").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ValidationError("no program at \(path); build atelier first, or say where it is with --atelier")
        }
        return path
    }

    func makeFolder() throws -> String {
        let path = folder ?? FileManager.default.temporaryDirectory.appending(path: "chaos-\(getpid())").path
        let isThere = (try? FileManager.default.contentsOfDirectory(atPath: path).isEmpty == false) ?? false
        guard !isThere else { throw ValidationError("\(path) is not empty") }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// Takes the folder away again unless it was named.
    func remove(_ path: String) {
        if folder == nil { try? FileManager.default.removeItem(atPath: path) }
    }
}
