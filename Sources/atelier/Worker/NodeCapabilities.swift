import FarmModel
import Foundation
import Glibc

/// What this machine has to offer, as far as it lets this process have it.
enum NodeCapabilities {
    /// Looks at the machine, at the limits of a container or a batch system, and at those of this process.
    static func detect(tags: [String]) -> Capabilities {
        let groups = groups(ofControlGroup: contents("/proc/self/cgroup"))
        let memory =
            [ControlGroup.bytes(of: "MemTotal", inMemoryInfo: contents("/proc/meminfo")), addressSpace()]
            + groups.map { ControlGroup.bytes(memoryMax: contents($0 + "/memory.max")) }
        let cores =
            [Double(ProcessInfo.processInfo.activeProcessorCount)]
            + groups.compactMap { ControlGroup.processors(cpuMax: contents($0 + "/cpu.max")) }
        return capabilities(memory: memory.compactMap { $0 }, cores: cores, tags: tags)
    }

    /// The tightest bound of each kind; half a core counts as one.
    static func capabilities(memory: [Int], cores: [Double], tags: [String]) -> Capabilities {
        Capabilities(
            memoryBytes: Int64(memory.min() ?? 0), cores: UInt32(max(1, (cores.min() ?? 1).rounded(.down))),
            device: .cpu, tags: tags)
    }

    /// Folders of this process's control group and of all above it, from the text of `/proc/self/cgroup`.
    static func groups(ofControlGroup text: String) -> [String] {
        let own = text.split(separator: "\n").first { $0.hasPrefix("0::/") }?.dropFirst(4) ?? ""
        var path = "/sys/fs/cgroup"
        return [path]
            + own.split(separator: "/").map { name in
                path += "/" + name
                return path
            }
    }

    /// The bound on this process's address space; nil for none.
    private static func addressSpace() -> Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < UInt(Int.max) else {
            return nil
        }
        return Int(limit.rlim_cur)
    }

    private static func contents(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
