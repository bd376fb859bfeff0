import Foundation

/// How many processes the kernel has killed for lack of memory, as far as this process can see.
///
/// A killed engine says nothing itself, and signal 9 may have come from anybody. A counter that rose while it ran is
/// the evidence: that of our own control group, of the group that a container is, or of the whole machine.
struct MemoryEvidence: Sendable, Equatable {
    /// Kills by counter.
    var kills: [String: Int]

    /// Reads the counters there are.
    static func current() -> MemoryEvidence {
        var kills: [String: Int] = [:]
        let own = text("/proc/self/cgroup").split(separator: "\n").first { $0.hasPrefix("0::") }.map { $0.dropFirst(3) }
        for group in Set(["/", String(own ?? "/")]) {
            kills[group] = count("oom_kill", in: text("/sys/fs/cgroup\(group)/memory.events"))
        }
        kills["machine"] = count("oom_kill", in: text("/proc/vmstat"))
        return MemoryEvidence(kills: kills)
    }

    /// Whether one of the counters is larger than it was.
    func hasRisen(since earlier: MemoryEvidence) -> Bool {
        kills.contains { counter, count in count > earlier.kills[counter] ?? count }
    }

    /// The number behind a word at the begin of a line; nil if there is none.
    static func count(_ word: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == word { return Int(words[1]) }
        }
        return nil
    }

    /// The most memory a process ever had, in octets; nil if it is gone.
    static func peakBytes(of process: Int32) -> Int64? {
        for line in text("/proc/\(process)/status").split(separator: "\n") where line.hasPrefix("VmHWM:") {
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int64($0) }.map { $0 * 1024 }
        }
        return nil
    }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
