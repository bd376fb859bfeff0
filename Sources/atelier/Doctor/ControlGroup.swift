/// The limits a container or a batch system puts on this process, from the files of control groups, version 2.
enum ControlGroup {
    /// Reads `cpu.max`, a quota and a period in microseconds: the number of processors, or nil for no limit.
    static func processors(cpuMax text: String) -> Double? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0
        else { return nil }
        return quota / period
    }

    /// Reads `memory.max`: bytes, or nil for no limit.
    static func bytes(memoryMax text: String) -> Int? {
        text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }

    /// Reads one value in bytes out of `/proc/meminfo`, such as `MemTotal` or `MemAvailable`.
    static func bytes(of key: String, inMemoryInfo text: String) -> Int? {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(key + ":") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, let kibibytes = Int(words[1]), kibibytes <= Int.max / 1024 else { return nil }
            return kibibytes * 1024
        }
        return nil
    }
}
