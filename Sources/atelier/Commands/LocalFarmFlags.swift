import ArgumentParser
import Foundation

/// Flags of the commands that run a local farm.
struct LocalFarmFlags: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("Folder that receives one folder per job.", valueName: "folder"))
    var output = "atelier-output"

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Worker processes; by default one per core, no more than tasks.", valueName: "n"))
    var workers: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Threads of each worker; by default the cores shared out.", valueName: "n"))
    var threads: Int?

    @OptionGroup var memory: MemoryFlag

    @OptionGroup var store: StoreFlags

    @Flag(help: "Print a summary as JSON on standard output, and no progress.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print no progress.")
    var quiet = false

    func validate() throws {
        if let workers, !(1...Limits.localWorkers).contains(workers) {
            throw ValidationError("--workers is \(workers); it lies in 1 ... \(Limits.localWorkers)")
        }
        if let threads, !(1...Limits.threads).contains(threads) {
            throw ValidationError("--threads is \(threads); it lies in 1 ... \(Limits.threads)")
        }
    }

    /// Workers and threads of each for a job of `tasks`.
    func layout(tasks: Int) -> (workers: Int, threads: Int) {
        let cores = NodeCapabilities.cores
        let workers = workers ?? max(1, min(cores, tasks, Limits.usualLocalWorkers))
        return (workers, threads ?? max(1, cores / workers))
    }
}
