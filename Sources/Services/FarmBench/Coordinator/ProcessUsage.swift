import Foundation
import Glibc

/// What a process has used so far, as the system counts it.
struct ProcessUsage {
    /// Processor seconds of all its threads; counted in hundredths.
    let cpuSeconds: Double
    /// Octets resident now.
    let residentBytes: Int64
    /// Octets resident at most.
    let peakBytes: Int64

    /// Throws `FarmBenchError` if there is no such process.
    init(of process: Int32) throws {
        let folder = "/proc/\(process)"
        guard let stat = try? String(contentsOfFile: "\(folder)/stat", encoding: .utf8),
            let status = try? String(contentsOfFile: "\(folder)/status", encoding: .utf8),
            // The name, in parentheses, may hold anything.
            let end = stat.lastIndex(of: ")")
        else { throw FarmBenchError("the coordinator, process \(process), is gone; its last words are above") }
        let fields = stat[stat.index(after: end)...].split(separator: " ").map(String.init)
        let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
        cpuSeconds = ticks / Double(sysconf(CInt(_SC_CLK_TCK)))
        func kibibytes(_ name: String) -> Int64 {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return line.flatMap { Int64($0.split(whereSeparator: \.isWhitespace)[1]) } ?? 0
        }
        residentBytes = kibibytes("VmRSS") * 1024
        peakBytes = kibibytes("VmHWM") * 1024
    }

    /// Processor seconds of this process, of all its threads.
    static var own: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
