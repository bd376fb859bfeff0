import Foundation

/// What the machine, or the control group that bounds this process, has free for it.
enum AvailableMemory {
    /// Octets, with what this process has already; nil where the system does not tell.
    static func bytes() -> Int? {
        let own = kibibytes("VmRSS", in: text("/proc/self/status")) ?? 0
        let machine = kibibytes("MemAvailable", in: text("/proc/meminfo")).map { $0 + own }
        return ([machine] + groups().map { free(limit: $0.limit, used: $0.used, own: own) }).compactMap { $0 }.min()
    }

    /// What a group with these contents of `memory.max` and `memory.current` leaves; nil for no limit.
    static func free(limit: String, used: String, own: Int) -> Int? {
        guard let limit = Int(limit.trimmingCharacters(in: .whitespacesAndNewlines)) else { return nil }
        return max(0, limit - (Int(used.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0)) + own
    }

    /// A line such as `MemAvailable:  12 kB`, in octets.
    static func kibibytes(_ key: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix(key + ":") {
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
    }

    private static func groups() -> [(limit: String, used: String)] {
        let own = text("/proc/self/cgroup").split(separator: "\n").first { $0.hasPrefix("0::") }.map { $0.dropFirst(3) }
        return Set(["/", String(own ?? "/")]).map { group in
            let folder = "/sys/fs/cgroup\(group)"
            return (text(folder + "/memory.max"), text(folder + "/memory.current"))
        }
    }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
