internal import FarmModel

/// Whether a host is what a step asks for: written out once more, since what the coordinator compares with is what is
/// checked.
enum Fitness {
    static func meets(_ wanted: Requirements, _ host: Capabilities, slots: UInt32) -> Bool {
        let hasMemory = wanted.memoryBytes == 0 || wanted.memoryBytes * Int64(slots) <= host.memoryBytes
        let hasDevice = wanted.device == nil || wanted.device == host.device
        return hasMemory && hasDevice && wanted.tags.allSatisfy(host.tags.contains)
    }
}
