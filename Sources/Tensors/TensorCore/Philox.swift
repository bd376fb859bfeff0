/// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
///
/// The numbers of a stream are a function of the key and of a counter, so a task gives the same numbers on whatever
/// thread or node it runs, and a resumed task goes on with the very same ones. The key is the seed; `iteration`,
/// `stream` and `lane` say who draws.
public struct Philox: Sendable {
    let key: SIMD2<UInt32>
    let prefix: SIMD3<UInt32>
    /// The next counter value to be turned into bits.
    var block: UInt32 = 0
    private var buffered = SIMD4<UInt32>()
    var available = 0

    /// The stream of one purpose at one iteration.
    ///
    /// - Parameters:
    ///   - seed: the render's seed.
    ///   - iteration: which iteration draws; 0 before the first.
    ///   - stream: which purpose draws (start, augmentation, noise, …).
    ///   - lane: tells several drawers of one purpose apart, such as image prompts.
    public init(seed: UInt64, iteration: UInt32 = 0, stream: UInt32, lane: UInt32 = 0) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        prefix = SIMD3(iteration, stream, lane)
    }

    /// The 128 bits of one counter value under a key; ten rounds.
    public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (c, k) = (counter, key)
        for round in 0..<10 {
            if round > 0 { k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let first = c[0].multipliedFullWidth(by: 0xD251_1F53)
            let second = c[2].multipliedFullWidth(by: 0xCD9E_8D57)
            c = SIMD4(second.high ^ c[1] ^ k[0], second.low, first.high ^ c[3] ^ k[1], first.low)
        }
        return c
    }

    /// The stream some blocks of four words further on; words left over from the last block are dropped.
    public func advanced(byBlocks count: Int) -> Philox {
        precondition(
            count >= 0 && count <= Int(UInt32.max - block), "a Philox stream gives 2^34 numbers an iteration")
        var later = self
        later.block += UInt32(count)
        later.available = 0
        return later
    }

    /// The next 32 random bits.
    public mutating func nextBits() -> UInt32 {
        if available == 0 {
            buffered = Philox.block(counter: SIMD4(block, prefix[0], prefix[1], prefix[2]), key: key)
            precondition(block < .max, "a Philox stream gives 2^34 numbers an iteration")
            block += 1
            available = 4
        }
        available -= 1
        return buffered[3 - available]
    }

    /// Uniform in [0, 1), a multiple of 2^-24.
    public mutating func uniform() -> Float { Float(nextBits() >> 8) * 0x1p-24 }

    /// Uniform in [low, high).
    public mutating func uniform(_ low: Float, _ high: Float) -> Float { low + (high - low) * uniform() }

    /// Uniform whole number in `0 ..< bound`.
    ///
    /// `bound` is positive; the bias is below `bound` / 2^32.
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= Int(UInt32.max), "a bound lies in 1 ... 2^32-1")
        return Int(nextBits().multipliedFullWidth(by: UInt32(bound)).high)
    }

    /// True with probability `p`.
    public mutating func bernoulli(_ p: Float) -> Bool { uniform() < p }
}
