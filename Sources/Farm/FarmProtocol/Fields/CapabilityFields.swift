import FarmModel

extension WireCapabilities {
    init(_ capabilities: Capabilities) {
        self.init()
        memory = UInt64(bitPattern: capabilities.memoryBytes)
        cores = capabilities.cores
        device = capabilities.device.wire
        tags = capabilities.tags
    }

    func model() throws -> Capabilities {
        try Checked.present(hasMemory && hasCores, "memory or cores")
        return Capabilities(
            memoryBytes: try Checked.amount(memory, atMost: .max, "capabilities.memory"), cores: cores,
            device: try .init(device, "capabilities.device"), tags: try Checked.tags(tags, "capabilities.tags"))
    }
}

extension WireRequirements {
    init(_ requirements: Requirements) {
        self.init()
        memory = UInt64(bitPattern: requirements.memoryBytes)
        if let known = requirements.device { device = known.wire }
        tags = requirements.tags
        if let time = requirements.expectedMilliseconds { expectedMs = UInt64(bitPattern: time) }
    }

    func model() throws -> Requirements {
        try Checked.present(hasMemory, "requirements.memory")
        return Requirements(
            memoryBytes: try Checked.amount(memory, atMost: .max, "requirements.memory"),
            device: device == .unspecified ? nil : try .init(device, "requirements.device"),
            tags: try Checked.tags(tags, "requirements.tags"),
            expectedMilliseconds: try Checked.time(hasExpectedMs ? expectedMs : nil, "requirements.expected_ms"))
    }
}
