import FarmModel
import Testing

@testable import atelier

/// What a worker says of its node.
struct NodeCapabilitiesTests {
    @Test("The tightest bound counts, and a part of a core is one")
    func bounds() {
        let some = NodeCapabilities.capabilities(
            memory: [64 << 30, 8 << 30], cores: [16, 3.5], tags: ["spot", "a", "spot"])
        #expect(some == Capabilities(memoryBytes: 8 << 30, cores: 3, device: .cpu, tags: ["a", "spot"]))
        #expect(NodeCapabilities.capabilities(memory: [], cores: [0.5], tags: []).cores == 1)
    }

    @Test("A limit on any group above this process's counts")
    func groups() {
        let text = "12:cpu:/old\n0::/system.slice/atelier.service\n"
        #expect(
            NodeCapabilities.groups(ofControlGroup: text) == [
                "/sys/fs/cgroup", "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/system.slice/atelier.service",
            ])
        #expect(NodeCapabilities.groups(ofControlGroup: "0::/\n") == ["/sys/fs/cgroup"])
        #expect(NodeCapabilities.groups(ofControlGroup: "") == ["/sys/fs/cgroup"])
    }

    @Test("This machine has memory and cores")
    func detected() {
        let found = NodeCapabilities.detect(tags: ["x"])
        #expect(found.memoryBytes > 64 << 20 && found.cores >= 1 && found.tags == ["x"])
    }
}
