import Foundation

extension FarmBench {
    /// The figures as a person reads them.
    public var text: String {
        var lines = [
            "processor \(header.cpu) · \(header.cores) cores · \(header.build) build",
            "store     \(header.store) · CURVE on, every commit durable",
            "workers   \(workers) of \(slots) slots, joined in \(FarmBench.seconds(joinSeconds))", "",
        ]
        func line(_ title: String, _ figure: String) {
            lines.append(title.padding(toLength: 34, withPad: " ", startingAt: 0) + figure)
        }
        func latency(_ title: String, _ latency: Latencies?) {
            guard let latency else { return }
            line(
                title,
                String(
                    format: "p50 %.2f ms   p99 %.2f ms   longest %.2f ms   (%d)", latency.p50, latency.p99,
                    latency.max, latency.count))
        }
        latency("idle to running", idleToRunning)
        if let jobsPerSecond { line("jobs of one task", String(format: "%.0f submitted a second", jobsPerSecond)) }
        if let work {
            line("one job of \(work.tasks) tasks", "submitted in \(FarmBench.seconds(work.submitSeconds))")
            line("tasks", String(format: "%.0f recorded a second", work.recordedPerSecond))
            line(
                "  processor, a task",
                String(
                    format: "coordinator %.0f µs   workers and client %.0f µs",
                    1e6 * work.coordinatorCPUSeconds / Double(work.tasks),
                    1e6 * work.benchCPUSeconds / Double(work.tasks)))
        }
        latency("PING to PONG, idle", control.idle)
        latency("  while tasks run", control.underTasks)
        latency("  while blobs saturate", control.underBlobs)
        if let blobs {
            func rate(_ rate: Double) -> String { String(format: "%.0f MB/s", rate / 1e6) }
            func part(_ part: Double) -> String { String(format: "%.0f %% of bare", 100 * part) }
            line("bare CURVE sockets", rate(blobs.barePerSecond))
            line("a durable file on that disk", rate(blobs.diskPerSecond))
            line("  a blob of \(blobs.bytes >> 20) MiB in", "\(rate(blobs.putPerSecond))   \(part(blobs.putOfBare))")
            line("  the same out, from the disk", "\(rate(blobs.getPerSecond))   \(part(blobs.getOfBare))")
            line(
                "  a second time, into the cache", "\(rate(blobs.getSecondPerSecond))   \(part(blobs.getSecondOfBare))")
            line("  and from there", "\(rate(blobs.getAgainPerSecond))   \(part(blobs.getAgainOfBare))")
        }
        if let idle {
            line("\(idle.workers) idle workers", String(format: "%.1f %% of a core", 100 * idle.coreFraction))
        }
        line(
            "coordinator's memory",
            String(
                format: "%d MiB at the start, %d after tasks, %d after blobs, %d at most", memory.startBytes >> 20,
                memory.afterTasksBytes >> 20, memory.afterBlobsBytes >> 20, memory.peakBytes >> 20))
        line("  its budget", "\(memory.budgetBytes >> 20) MiB   \(memory.isWithinBudget ? "kept" : "MISSED")")
        return lines.joined(separator: "\n")
    }

    private static func seconds(_ seconds: Double) -> String {
        seconds < 1 ? String(format: "%.1f ms", seconds * 1000) : String(format: "%.2f s", seconds)
    }
}
