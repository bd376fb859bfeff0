/// The limits that a container or a batch system puts on this process, from the files of control groups, version 2.
///
/// A limit on any group above a process's own counts as well.
public enum ControlGroup {
    /// Folders of this process's group and of all above it, the root first.
    public static var folders: [String] { folders(of: SystemFile.text("/proc/self/cgroup")) }

    /// The same from the text of `/proc/self/cgroup`.
    static func folders(of text: String) -> [String] {
        let own = text.split(separator: "\n").first { $0.hasPrefix("0::/") }?.dropFirst(4) ?? ""
        var path = "/sys/fs/cgroup"
        return [path]
            + own.split(separator: "/").map { name in
                path += "/" + name
                return path
            }
    }

    /// Processors that this process may use; nil for no limit, halves are possible.
    public static var processors: Double? {
        folders.compactMap { processors(cpuMax: SystemFile.text($0 + "/cpu.max")) }.min()
    }

    /// Octets of memory that this process may use with all else in its groups; nil for no limit.
    public static var memoryBytes: Int? {
        folders.compactMap { bytes(memoryMax: SystemFile.text($0 + "/memory.max")) }.min()
    }

    /// Reads `cpu.max`, a quota and a period in microseconds: the number of processors, or nil for no limit.
    static func processors(cpuMax text: String) -> Double? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0
        else { return nil }
        return quota / period
    }

    /// Reads `memory.max`: octets, or nil for no limit.
    static func bytes(memoryMax text: String) -> Int? {
        text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }
}
