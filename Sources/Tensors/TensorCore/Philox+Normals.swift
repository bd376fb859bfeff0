extension Philox {
    /// `count` standard normal numbers.
    ///
    /// Box and Muller's transform (1958) of fresh counter blocks, 64 at a time, with the logarithm, sine and cosine as
    /// polynomials: no calls and no branches, so all of it runs in vector registers, and the bits do not depend on the
    /// system's mathematical library. From the same state, fewer numbers are a prefix of more. Bits left over from
    /// earlier draws are dropped. Values lie within ±5.65.
    public mutating func normals(_ count: Int) -> [Float] {
        precondition(count >= 0, "a count of normals is not negative, got \(count)")
        return [Float](unsafeUninitializedCapacity: count) { memory, initialized in
            if let target = memory.baseAddress { fillNormals(target, count: count) }
            initialized = count
        }
    }

    /// The numbers `start ..< start + count` of those that `normals(_:)` gives, without making all before them.
    public func normals(from start: Int, count: Int) -> [Float] {
        let group = 4 * Philox.lanes
        var later = advanced(byBlocks: start / group * Philox.lanes)
        let skipped = start % group
        return skipped == 0 ? later.normals(count) : Array(later.normals(skipped + count).dropFirst(skipped))
    }

    /// Writes the numbers `start ..< start + count` of those that `normals(_:)` gives.
    public func fillNormals(_ target: UnsafeMutablePointer<Float>, from start: Int, count: Int) {
        let group = 4 * Philox.lanes
        guard start % group == 0 else {
            normals(from: start, count: count).withUnsafeBufferPointer { numbers in
                if let base = numbers.baseAddress { target.update(from: base, count: count) }
            }
            return
        }
        var later = advanced(byBlocks: start / group * Philox.lanes)
        later.fillNormals(target, count: count)
    }

    /// Writes `count` standard normal numbers, the same as `normals(_:)` gives.
    public mutating func fillNormals(_ target: UnsafeMutablePointer<Float>, count: Int) {
        let group = 4 * Philox.lanes
        let blocks = (count + group - 1) / group * Philox.lanes
        precondition(blocks < Int(UInt32.max - block), "a Philox stream gives 2^34 numbers an iteration")
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: group) { bits in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: group) { rest in
                guard let bits = bits.baseAddress, let rest = rest.baseAddress else { return }
                for start in stride(from: 0, to: count, by: group) {
                    fillBlocks(bits)
                    if count - start >= group {
                        boxMuller(bits, into: target + start)
                    } else {
                        boxMuller(bits, into: rest)
                        target.advanced(by: start).update(from: rest, count: count - start)
                    }
                }
            }
        }
        available = 0
    }

    /// Blocks turned into numbers together; each gives four.
    static let lanes = 64

    /// The next 64 blocks in four planes: word k of block i lies at 64·k + i.
    @inline(__always)
    mutating func fillBlocks(_ bits: UnsafeMutablePointer<UInt32>) {
        let (first, seed) = (block, key)
        for lane in 0..<Philox.lanes {
            var (c0, c1, c2, c3) = (first &+ UInt32(truncatingIfNeeded: lane), prefix[0], prefix[1], prefix[2])
            var (k0, k1) = (seed[0], seed[1])
            // Written out as one long expression per lane the rounds vectorise over lanes; see `block(counter:key:)`.
            for _ in 0..<10 {
                let a = UInt64(truncatingIfNeeded: c0) &* 0xD251_1F53
                let b = UInt64(truncatingIfNeeded: c2) &* 0xCD9E_8D57
                (c0, c1) = (UInt32(truncatingIfNeeded: b &>> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: b))
                (c2, c3) = (UInt32(truncatingIfNeeded: a &>> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: a))
                (k0, k1) = (k0 &+ 0x9E37_79B9, k1 &+ 0xBB67_AE85)
            }
            bits[lane] = c0
            bits[lane &+ 64] = c1
            bits[lane &+ 128] = c2
            bits[lane &+ 192] = c3
        }
        block += UInt32(Philox.lanes)
    }
}

/// Turns four planes of 64 random words into four planes of normals, pairwise.
@inline(__always)
private func boxMuller(_ bits: UnsafePointer<UInt32>, into target: UnsafeMutablePointer<Float>) {
    let words = UnsafeRawPointer(bits)
    let normals = UnsafeMutableRawPointer(target)
    for pair in 0..<2 {
        let lanes = stride(from: pair * 128, to: pair * 128 + 64, by: 8)
        for lane in lanes {
            // 23 random bits behind the exponent of 1 give a number in [1, 2).
            let a = words.loadUnaligned(fromByteOffset: lane * 4, as: SIMD8<UInt32>.self)
            let u = 2 - SIMD8<Float>(bits: a &>> 9 | 0x3F80_0000)
            normals.storeBytes(of: -2 * logarithm(u), toByteOffset: lane * 4, as: SIMD8<Float>.self)
        }
        // A loop over single numbers, because only such a square root becomes a vector instruction.
        let radii = target + pair * 128
        for lane in 0..<64 { radii[lane] = radii[lane].squareRoot() }
        for lane in lanes {
            let b = words.loadUnaligned(fromByteOffset: (lane + 64) * 4, as: SIMD8<UInt32>.self)
            let (sine, cosine) = sineAndCosine(turns: SIMD8<Float>(bits: b &>> 9 | 0x3F80_0000) - 1)
            let radius = normals.loadUnaligned(fromByteOffset: lane * 4, as: SIMD8<Float>.self)
            normals.storeBytes(of: radius * cosine, toByteOffset: lane * 4, as: SIMD8<Float>.self)
            normals.storeBytes(of: radius * sine, toByteOffset: (lane + 64) * 4, as: SIMD8<Float>.self)
        }
    }
}

/// Natural logarithm of positive normal numbers (the Cephes polynomial), within 2 units in the last place.
@inline(__always)
private func logarithm(_ x: SIMD8<Float>) -> SIMD8<Float> {
    // x = mantissa · 2^exponent with the mantissa in [√½, √2); the exponent is made a float by 1.5·2²³.
    let root: UInt32 = 0x3F35_04F3
    let bits = x.bits &- root
    let whole = SIMD8<Int32>(truncatingIfNeeded: bits) &>> 23
    let exponent = SIMD8<Float>(bits: SIMD8<UInt32>(truncatingIfNeeded: whole) &+ 0x4B40_0000) - 12_582_912
    let m = SIMD8<Float>(bits: (bits & 0x007F_FFFF) &+ root) - 1
    let square = m * m
    var p = 7.0376836292e-2 * m - 1.1514610310e-1
    p = p * m + 1.1676998740e-1
    p = p * m - 1.2420140846e-1
    p = p * m + 1.4249322787e-1
    p = p * m - 1.6668057665e-1
    p = p * m + 2.0000714765e-1
    p = p * m - 2.4999993993e-1
    p = p * m + 3.3333331174e-1
    let tail = p * m * square - 2.12194440e-4 * exponent - 0.5 * square
    return m + tail + 0.693359375 * exponent
}

/// Sine and cosine of `2π · turns` for turns in [0, 1), by quarter turns and the Cephes polynomials.
@inline(__always)
private func sineAndCosine(turns: SIMD8<Float>) -> (SIMD8<Float>, SIMD8<Float>) {
    // Adding 1.5·2²³ rounds to the nearest whole quarter and leaves its number in the low bits.
    let shifted = 4 * turns + 12_582_912
    let quarter = shifted.bits
    let angle = (turns - (shifted - 12_582_912) * 0.25) * (2 * Float.pi)
    let z = angle * angle
    let s = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * angle + angle
    let c = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1
    // In odd quarters they change places: all bits of `swap` are set there.
    let swap = SIMD8<UInt32>(repeating: 0) &- (quarter & 1)
    let difference = (s.bits ^ c.bits) & swap
    // The sine is negative in the quarters 2 and 3, the cosine in 1 and 2.
    let sine = s.bits ^ difference ^ ((quarter & 2) &<< 30)
    let cosine = c.bits ^ difference ^ (((quarter &+ 1) & 2) &<< 30)
    return (SIMD8(bits: sine), SIMD8(bits: cosine))
}

extension SIMD8<Float> {
    @inline(__always)
    fileprivate init(bits: SIMD8<UInt32>) { self = unsafeBitCast(bits, to: Self.self) }

    @inline(__always)
    fileprivate var bits: SIMD8<UInt32> { unsafeBitCast(self, to: SIMD8<UInt32>.self) }
}
