/// What the machine, or a control group that bounds this process, has free for it.
enum AvailableMemory {
    /// Octets, with what this process has already; nil where the system does not tell.
    static func bytes() -> Int? {
        let own = SystemFile.bytes(of: "VmRSS", in: SystemFile.text("/proc/self/status")) ?? 0
        let machine = SystemFile.bytes(of: "MemAvailable", in: SystemFile.text("/proc/meminfo")).map { $0 + own }
        let groups = ControlGroup.folders.map { folder in
            free(
                limit: SystemFile.text(folder + "/memory.max"), used: SystemFile.text(folder + "/memory.current"),
                own: own)
        }
        return ([machine] + groups).compactMap { $0 }.min()
    }

    /// What a group with these contents of `memory.max` and `memory.current` leaves; nil for no limit.
    static func free(limit: String, used: String, own: Int) -> Int? {
        guard let limit = ControlGroup.bytes(memoryMax: limit) else { return nil }
        return max(0, limit - (ControlGroup.bytes(memoryMax: used) ?? 0)) + own
    }
}
