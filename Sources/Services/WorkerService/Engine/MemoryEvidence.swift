/// How many processes the kernel has killed for lack of memory, as far as this process can see.
///
/// A killed engine says nothing itself, and signal 9 may have come from anybody. A counter that rose while it ran is
/// the evidence: that of our own control group, of one above it such as a container, or of the whole machine.
struct MemoryEvidence: Sendable, Equatable {
    /// Kills by counter.
    var kills: [String: Int]

    /// Reads the counters there are.
    static func current() -> MemoryEvidence {
        var kills: [String: Int] = [:]
        for folder in ControlGroup.folders {
            kills[folder] = SystemFile.count("oom_kill", in: SystemFile.text(folder + "/memory.events"))
        }
        kills["machine"] = SystemFile.count("oom_kill", in: SystemFile.text("/proc/vmstat"))
        return MemoryEvidence(kills: kills)
    }

    /// Whether one of the counters is larger than it was.
    func hasRisen(since earlier: MemoryEvidence) -> Bool {
        kills.contains { counter, count in count > earlier.kills[counter] ?? count }
    }

    /// The most memory a process ever had, in octets; nil if it is gone.
    static func peakBytes(of process: Int32) -> Int64? {
        SystemFile.bytes(of: "VmHWM", in: SystemFile.text("/proc/\(process)/status")).map(Int64.init)
    }
}
