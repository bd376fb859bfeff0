import Foundation

/// What a run did and found.
struct Report: Codable {
    var seed: UInt64
    var seconds: Double
    /// Processes ended by force.
    var kills: Int
    var faults: [String: Int]
    var failPoints: [String: Int]
    var jobs: Int
    var tasks: Int
    /// Attempts that were given out for them.
    var attempts: Int
    /// Output files whose digests were verified.
    var files: Int
    var coordinatorStarts: Int
    var workerStarts: Int
    var peakMemoryMiB: Double
    var memoryGrowthMiB: Double
    var memorySlopeMiBPerMinute: Double
    var peakDescriptors: Double
    var descriptorGrowth: Double
    var notes: [String: Int]
    var violations: [String]

    init(_ soak: Soak, jobs: Int, tasks: Int, attempts: Int, files: Int, samples: Samples) {
        let tally = soak.tally
        seed = soak.options.seed
        seconds = (ContinuousClock.now - soak.start) / .seconds(1)
        kills = tally.kills
        faults = Dictionary(uniqueKeysWithValues: tally.faults.map { ($0.key.rawValue, $0.value) })
        failPoints = tally.failPoints
        (self.jobs, self.tasks, self.attempts, self.files) = (jobs, tasks, attempts, files)
        coordinatorStarts = soak.coordinator.starts
        workerStarts = (soak.workers + soak.lost).reduce(0) { $0 + $1.starts }
        (peakMemoryMiB, memoryGrowthMiB) = (samples.peakMemory, samples.memoryGrowth)
        memorySlopeMiBPerMinute = samples.memorySlope
        (peakDescriptors, descriptorGrowth) = (samples.peakDescriptors, samples.descriptorGrowth)
        notes = tally.notes
        violations = tally.violations
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let data = (try? encoder.encode(self)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    /// For people.
    var table: String {
        var lines = [
            String(
                format: "seed %llu, %.0f s, %d kills, %d coordinator and %d worker starts", seed, seconds, kills,
                coordinatorStarts, workerStarts),
            "\(jobs) jobs, \(tasks) tasks, \(attempts) attempts, \(files) files verified",
            String(
                format: "coordinator: at most %.1f MiB of its own (%+.1f over the run), %.0f descriptors (%+.1f)",
                peakMemoryMiB, memoryGrowthMiB, peakDescriptors, descriptorGrowth),
            "",
        ]
        func rows(_ title: String, _ counts: [String: Int]) {
            guard !counts.isEmpty else { return }
            lines.append(title)
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
                lines.append(String(format: "  %6d  ", count) + name)
            }
        }
        rows("faults", faults)
        rows("deaths at fail points", failPoints)
        rows("notes", notes)
        lines.append(violations.isEmpty ? "no violation" : "\(violations.count) VIOLATIONS")
        lines += violations.prefix(40).map { "  " + $0 }
        return lines.joined(separator: "\n")
    }
}
