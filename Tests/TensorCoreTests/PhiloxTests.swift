import TensorCore
import Testing

@Suite("Counter-based random numbers")
struct PhiloxTests {
    /// The known answers for philox4x32-10 that come with the authors' library Random123.
    @Test("Many uniform numbers at once have the bits of as many drawn one by one", arguments: [0, 1, 255, 256, 1001])
    func bulk(count: Int) {
        let stream = Philox(seed: 5, iteration: 7, stream: 3, lane: 2).advanced(byBlocks: 9)
        var (bulk, single) = (stream, stream)
        let numbers = bulk.uniforms(count, -1, 3)
        #expect(numbers == (0..<count).map { _ in single.uniform(-1, 3) })
    }

    @Test(
        "Known answers",
        arguments: [
            (
                SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
                SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
            ),
            (
                SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
                SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
            ),
            (
                SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
                SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
                SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
            ),
        ])
    func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
        #expect(Philox.block(counter: counter, key: key) == expected)
    }

    @Test("A stream is a function of its names, and other names give another stream")
    func streams() {
        func first(_ philox: Philox) -> [UInt32] {
            var philox = philox
            return (0..<9).map { _ in philox.nextBits() }
        }
        let streams = [
            Philox(seed: 1, iteration: 2, stream: 3, lane: 4), Philox(seed: 2, iteration: 2, stream: 3, lane: 4),
            Philox(seed: 1, iteration: 3, stream: 3, lane: 4), Philox(seed: 1, iteration: 2, stream: 4, lane: 4),
            Philox(seed: 1, iteration: 2, stream: 3, lane: 5),
            Philox(seed: 1 << 32 + 1, iteration: 2, stream: 3, lane: 4),
        ].map(first)
        #expect(Set(streams).count == streams.count)
        #expect(first(Philox(seed: 1, iteration: 2, stream: 3, lane: 4)) == streams[0])
    }

    @Test("Uniform numbers fill [0, 1) evenly")
    func uniform() {
        var philox = Philox(seed: 11, stream: 0)
        let numbers = (0..<40_000).map { _ in philox.uniform() }
        #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
        // Four deviations of the mean of 40,000: 4 · 0.289 / 200.
        #expect(abs(numbers.reduce(0, +) / 40_000 - 0.5) < 0.0058)
        for tenth in 0..<10 {
            let share = numbers.filter { Int($0 * 10) == tenth }.count
            // Four deviations of a binomial count of 4,000: 4 · √(40,000 · 0.1 · 0.9).
            #expect(abs(share - 4_000) < 240)
        }
        #expect((0..<1_000).allSatisfy { _ in (3..<5).contains(philox.uniform(3, 5)) })
    }

    @Test("Whole numbers below a bound all occur, and no other")
    func integers() {
        var philox = Philox(seed: 12, stream: 0)
        #expect(Set((0..<1_000).map { _ in philox.integer(below: 7) }) == Set(0..<7))
    }

    @Test("A coin falls as often as it should")
    func bernoulli() {
        var philox = Philox(seed: 13, stream: 0)
        let heads = (0..<10_000).filter { _ in philox.bernoulli(0.3) }.count
        // Four deviations: 4 · √(10,000 · 0.21).
        #expect(abs(heads - 3_000) < 184)
    }

    @Test("Normal numbers have mean 0, variance 1 and the tails of a bell", arguments: [40_000, 40_001])
    func normals(count: Int) {
        var philox = Philox(seed: 14, stream: 0)
        let numbers = philox.normals(count).map(Double.init)
        #expect(numbers.count == count)
        #expect(numbers.allSatisfy { $0.isFinite })
        let mean = numbers.reduce(0, +) / Double(count)
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        // Four deviations of mean (1/200) and of variance (√2/200).
        #expect(abs(mean) < 0.02)
        #expect(abs(variance - 1) < 0.029)
        // 4.55 % lie beyond two deviations: 1,820 ± 4 · 42.
        #expect(abs(numbers.filter { abs($0) > 2 }.count - 1_820) < 170)
    }

    @Test("Normal numbers from the middle are those of the whole", arguments: [0, 1, 255, 256, 300, 1024, 1500])
    func normalsFromTheMiddle(start: Int) {
        var philox = Philox(seed: 15, stream: 2)
        _ = philox.uniform()
        let part = philox.normals(from: start, count: 700)
        var written = [Float](repeating: .nan, count: 701)
        written.withUnsafeMutableBufferPointer { memory in
            if let base = memory.baseAddress { philox.fillNormals(base, from: start, count: 700) }
        }
        #expect(Array(written[..<700]) == part && written[700].isNaN)
        #expect(part == Array(philox.normals(3000)[start..<(start + 700)]))
    }

    @Test("A stream further on gives what the stream gives there")
    func advanced() {
        var philox = Philox(seed: 16, stream: 0)
        var later = philox.advanced(byBlocks: 3)
        for _ in 0..<12 { _ = philox.nextBits() }
        #expect((0..<9).map { _ in later.nextBits() } == (0..<9).map { _ in philox.nextBits() })
    }
}
