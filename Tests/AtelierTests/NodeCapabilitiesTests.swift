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

    @Test("This machine has memory and cores")
    func detected() {
        let found = NodeCapabilities.detect(tags: ["x"])
        #expect(found.memoryBytes > 64 << 20 && found.cores >= 1 && found.tags == ["x"])
    }
}
