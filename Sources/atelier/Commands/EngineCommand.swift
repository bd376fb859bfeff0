import ArgumentParser
import WorkerService

/// The engine child process of a worker.
///
/// Not for people: it speaks JSON lines on its standard streams.
struct EngineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine", abstract: "Execute tasks for a worker (started by it).", shouldDisplay: false)

    @Option(help: "Threads of the tensor backend.")
    var threads = 1

    @Option(help: "Octets of memory that it may take; by default what the machine has free.")
    var memory: Int?

    @Option(help: "Process number of the worker, with which it ends.")
    var parent: Int32?

    func validate() throws {
        guard (1...Limits.threads).contains(threads) else {
            throw ValidationError("--threads is \(threads); it lies in 1 ... \(Limits.threads)")
        }
    }

    func run() { Engine(threads: threads, memory: memory, parent: parent).run() }
}
