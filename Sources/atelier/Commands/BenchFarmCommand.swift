import ArgumentParser
import CLinux
import FarmBench
import Foundation

extension BenchCommand {
    /// `atelier bench farm`: how fast a coordinator is.
    struct Farm: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tasks a second, latencies and throughput of a coordinator with many workers on this machine.",
            discussion: """
                Starts a real coordinator in a process of its own and loads it over loopback: every message encrypted, \
                every peer with a key of its own, every commit durable. The workers run the worker's real machine and \
                speak the real protocol, all in one process, but have no engine, no blob line and no outbox on a disk: \
                a task is done at once and leaves no file. They and the client share this machine's cores with the \
                coordinator, whose processor time is shown apart.

                  idle to running   from SUBMIT of a job of one task until an idle worker begins it
                  recorded          tasks of one large job, from SUBMIT to the last RESULT-OK
                  PING to PONG      a worker's heartbeat: through both sockets, the planner and its commits
                  blobs             one blob in, checked and made durable, and out again, beside bare CURVE sockets
                                    and a file written to the same disk
                  idle workers      part of one core that heartbeats cost the coordinator

                  atelier bench farm
                  atelier bench farm --workers 16 --tasks 2000 --idle 0 --blob-mib 0 --json
                """)

        @Option(help: ArgumentHelp("Workers that execute tasks.", valueName: "n"))
        var workers = 100

        @Option(help: ArgumentHelp("Tasks at once in each worker.", valueName: "n"))
        var slots = 1

        @Option(help: ArgumentHelp("No-op tasks to record; 0 leaves them out.", valueName: "n"))
        var tasks = 50_000

        @Option(help: ArgumentHelp("Jobs of one task, for the latency; 0 leaves them out.", valueName: "n"))
        var rounds = 300

        @Option(help: ArgumentHelp("Idle workers to watch; 0 leaves them out.", valueName: "n"))
        var idle = 1000

        @Option(help: ArgumentHelp("Seconds for which they are watched.", valueName: "s"))
        var idleSeconds = 10.0

        @Option(help: ArgumentHelp("MiB of the blob that goes in and out; 0 leaves blobs out.", valueName: "n"))
        var blobMib = 1024

        @Option(help: ArgumentHelp("Seconds for which blobs saturate the coordinator.", valueName: "s"))
        var saturationSeconds = 5.0

        @Option(
            help: ArgumentHelp(
                "Folder whose disk holds the coordinator's state; by default that for temporary files.",
                valueName: "folder"))
        var folder: String?

        @Option(
            help: ArgumentHelp(
                "The program whose coordinator is measured, if not this one: to compare two builds.",
                valueName: "atelier"))
        var program: String?

        @Flag(help: "Print the figures as JSON.")
        var json = false

        func validate() throws {
            func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
                guard range.contains(value) else {
                    throw ValidationError(
                        "--\(name) is \(value); it lies in \(range.lowerBound) ... \(range.upperBound)")
                }
            }
            try check("workers", workers, 1...10_000)
            try check("slots", slots, 1...64)
            try check("tasks", tasks, 0...2_000_000)
            try check("rounds", rounds, 0...100_000)
            try check("idle", idle, 0...10_000)
            try check("blob-mib", blobMib, 0...65_536)
            guard (0.1...3600).contains(idleSeconds), (0.1...3600).contains(saturationSeconds) else {
                throw ValidationError("--idle-seconds and --saturation-seconds lie in 0.1 ... 3600")
            }
        }

        func run() throws {
            // As the coordinator and a worker do.
            atelier_keep_freed_memory(32 << 20, 2 << 20)
            let setting = FarmBenchSetting(
                program: program ?? ExecutablePath.current,
                folder: folder ?? FileManager.default.temporaryDirectory.path, workers: workers, slots: slots,
                steps: tasks > 0 ? NoopSweep(tasks: tasks, milliseconds: 0).steps : [], rounds: rounds,
                idleWorkers: idle, idleSeconds: idleSeconds, blobBytes: Int64(blobMib) << 20,
                saturationSeconds: saturationSeconds)
            let bench: FarmBench
            do { bench = try FarmBench(setting) } catch { throw FarmFailure("\(error)") }
            print(json ? try JSONText.pretty(bench) : bench.text)
        }
    }
}
