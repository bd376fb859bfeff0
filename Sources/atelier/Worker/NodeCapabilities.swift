import FarmModel
import Foundation
import Glibc
import WorkerService

/// What this machine has to offer, as far as it lets this process have it.
enum NodeCapabilities {
    /// Looks at the machine, at the limits of a container or a batch system, and at those of this process.
    static func detect(tags: [String]) -> Capabilities {
        let memory = [
            SystemFile.bytes(of: "MemTotal", in: SystemFile.text("/proc/meminfo")), addressSpace(),
            ControlGroup.memoryBytes,
        ]
        let cores = [Double(ProcessInfo.processInfo.activeProcessorCount), ControlGroup.processors]
        return capabilities(memory: memory.compactMap { $0 }, cores: cores.compactMap { $0 }, tags: tags)
    }

    /// Cores that this process may use: the machine's, or what a container or a batch system leaves it.
    static var cores: Int { Int(detect(tags: []).cores) }

    /// The tightest bound of each kind; half a core counts as one.
    static func capabilities(memory: [Int], cores: [Double], tags: [String]) -> Capabilities {
        Capabilities(
            memoryBytes: Int64(memory.min() ?? 0), cores: UInt32(max(1, (cores.min() ?? 1).rounded(.down))),
            device: .cpu, tags: tags)
    }

    /// The bound on this process's address space; nil for none.
    private static func addressSpace() -> Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < UInt(Int.max) else {
            return nil
        }
        return Int(limit.rlim_cur)
    }
}
