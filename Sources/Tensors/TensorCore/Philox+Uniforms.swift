extension Philox {
    /// `count` numbers, uniform in [low, high).
    ///
    /// They have the bits that `uniform(_:_:)` gives one by one from a fresh block on, but are made 64 blocks at a time,
    /// over which the rounds run in vector registers. Bits left over from earlier draws are dropped, and so is the rest of
    /// the last 64 blocks.
    public mutating func uniforms(_ count: Int, _ low: Float, _ high: Float) -> [Float] {
        precondition(count >= 0, "a count of numbers is not negative, got \(count)")
        let group = 4 * Philox.lanes
        let blocks = (count + group - 1) / group * Philox.lanes
        precondition(blocks < Int(UInt32.max - block), "a Philox stream gives 2^34 numbers an iteration")
        available = 0
        return [Float](unsafeUninitializedCapacity: count) { memory, initialized in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: group) { bits in
                guard let bits = bits.baseAddress, let target = memory.baseAddress else { return }
                for start in stride(from: 0, to: count, by: group) {
                    fillBlocks(bits)
                    // Planes of words back into blocks.
                    for i in 0..<min(group, count - start) {
                        let word = bits[(i & 3) &* Philox.lanes &+ i &>> 2]
                        target[start &+ i] = low + (high - low) * (Float(word >> 8) * 0x1p-24)
                    }
                }
            }
            initialized = count
        }
    }
}
