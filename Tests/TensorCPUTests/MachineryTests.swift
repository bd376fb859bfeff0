import Glibc
import Synchronization
import TensorCore
import Testing

@testable import TensorCPU

@Suite("Threads, memory and elementary functions")
struct MachineryTests {
    @Test("Every chunk runs exactly once, whatever the number of lanes", arguments: [1, 2, 3, 7])
    func chunks(lanes: Int) {
        let pool = ThreadPool(lanes: lanes)
        for chunks in [0, 1, 2, 5, 100, 1000] {
            let visits = (0..<chunks).map { _ in Visits() }
            pool.run(chunks: chunks) { chunk, lane in
                visits[chunk].count.add(1, ordering: .relaxed)
                visits[chunk].lane.store(lane, ordering: .relaxed)
            }
            #expect(visits.allSatisfy { $0.count.load(ordering: .relaxed) == 1 })
            #expect(visits.allSatisfy { (0..<min(lanes, chunks)).contains($0.lane.load(ordering: .relaxed)) })
        }
    }

    @Test("Jobs follow each other closely and after pauses in which the threads fall asleep")
    func pauses() {
        let pool = ThreadPool(lanes: 3)
        let visits = Visits()
        for job in 0..<300 {
            pool.run(chunks: 4) { _, _ in visits.count.add(1, ordering: .relaxed) }
            if job % 100 == 99 { usleep(5000) }
        }
        #expect(visits.count.load(ordering: .relaxed) == 1200)
    }

    @Test("A tensor is filled run by run, each once, whatever the number of threads", arguments: [1, 3])
    func filling(threads: Int) {
        let filled = Tensor(shape: [6, 5], on: CPUBackend(threads: threads), parts: 3) { part, run in
            for i in run.indices { run[i] = Float(100 * part + i) }
        }
        let expected = (0..<30).map { place -> Float in Float(100 * (place / 10) + place % 10) }
        #expect(filled.values == expected)
    }

    @Test("No two chunks share a lane at one time")
    func laneOwnership() {
        let pool = ThreadPool(lanes: 3)
        let inside = (0..<3).map { _ in Visits() }
        let clashes = Visits()
        pool.run(chunks: 300) { _, lane in
            if inside[lane].count.add(1, ordering: .acquiring).oldValue != 0 {
                clashes.count.add(1, ordering: .relaxed)
            }
            for _ in 0..<100 { sched_yield() }
            inside[lane].count.subtract(1, ordering: .releasing)
        }
        #expect(clashes.count.load(ordering: .relaxed) == 0)
    }

    @Test("Memory is aligned, and what was released is given out again")
    func reuse() {
        let allocator = BlockAllocator()
        let first = allocator.allocate(bytes: 1_000_000)
        #expect(Int(bitPattern: first.base) % 64 == 0)
        allocator.release(first)
        let second = allocator.allocate(bytes: 1_000_000)
        #expect(second.base == first.base)
        allocator.release(second)
    }

    @Test("Blocks never overlap, gaps join, and what is unused stays small while sizes come and go")
    func gaps() {
        let allocator = BlockAllocator()
        var numbers = Philox(seed: 11, stream: 1)
        var live: [BlockAllocator.Block] = []
        for step in 0..<4000 {
            if live.count < 40, numbers.bernoulli(0.6) {
                let purposes: [BlockAllocator.Purpose] = [.constants, .tensor(.lasting), .tensor(.passing)]
                let purpose = purposes[numbers.integer(below: 3)]
                live.append(allocator.allocate(bytes: 1 + numbers.integer(below: 100_000), for: purpose))
            } else if !live.isEmpty {
                allocator.release(live.remove(at: numbers.integer(below: live.count)))
            }
            guard step % 100 == 0 else { continue }
            let sorted = live.sorted { $0.base < $1.base }
            #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.base + $0.bytes <= $1.base })
            #expect(allocator.usedBytes == live.reduce(0) { $0 + $1.bytes })
            // Forty live blocks of up to 100 kB: without joining, gaps would grow without bound.
            #expect(allocator.unusedBytes <= 3 * allocator.peakBytes)
        }
        for block in live { allocator.release(block) }
        #expect(allocator.usedBytes == 0)
        allocator.trim()
        #expect(allocator.unusedBytes == 0)
    }

    @Test("What passes leaves no gaps among what lasts, and what lasts goes into none of its small ones")
    func lifetimes() {
        var arena = Arena(bytes: 1 << 32)
        let small = 1 << 20
        let large = Limits.sharedGap
        let first = arena.take(small, for: .lasting)
        let passing = arena.take(large - 1, for: .passing) ?? 0
        #expect(first == 0 && passing == (1 << 32) - (large - 1))
        #expect(arena.take(small, for: .lasting) == small)
        arena.release(passing, bytes: large - 1)
        #expect(arena.take(small, for: .lasting) == 2 * small)
        // Together with what was never used the gap takes a larger block, which leaves a gap for everybody.
        let larger = arena.take(large, for: .passing) ?? 0
        #expect(larger == (1 << 32) - large)
        arena.release(larger, bytes: large)
        #expect(arena.take(small, for: .lasting) == (1 << 32) - small)
        // The other way round every gap will do, once there is none of its own.
        arena.release(small, bytes: small)
        #expect(arena.take(large - small, for: .passing) == (1 << 32) - large)
        #expect(arena.take(small, for: .passing) == small)
        #expect(arena.take(large, for: .passing) == (1 << 32) - 2 * large)
        #expect(arena.take(1 << 32, for: .lasting) == nil)
        // Rather there than nowhere.
        var full = Arena(bytes: 3 * small)
        #expect(full.take(small, for: .lasting) == 0 && full.take(2 * small, for: .passing) == small)
        full.release(small, bytes: 2 * small)
        #expect(full.take(small, for: .lasting) != nil)
    }

    @Test("A request takes the smallest gap that fits")
    func bestFit() {
        let allocator = BlockAllocator()
        let blocks = [5000, 100, 3000, 100, 4000, 100].map { allocator.allocate(bytes: $0) }
        for place in [0, 2, 4] { allocator.release(blocks[place]) }
        #expect(allocator.allocate(bytes: 3500).base == blocks[4].base)
        #expect(allocator.allocate(bytes: 3000).base == blocks[2].base)
        #expect(allocator.allocate(bytes: 3000).base == blocks[0].base)
    }

    @Test("A buffer's memory goes back when its last reference goes")
    func release() {
        let backend = CPUBackend(threads: 1)
        do {
            let x = Tensor(repeating: 1, shape: [1000], on: backend)
            #expect(backend.allocator.usedBytes > 0)
            _ = x.affine(scale: 2).values
        }
        #expect(backend.allocator.usedBytes == 0)
    }

    @Test("Constants have memory once they are asked for, and again after they were let go")
    func constants() {
        let backend = CPUBackend(threads: 2)
        let writes = Visits()
        func constant() -> Tensor {
            Tensor(constant: [5000], on: backend) { memory in
                writes.count.add(1, ordering: .relaxed)
                for i in memory.indices { memory[i] = Float(i) }
            }
        }
        let early = constant()
        #expect(backend.allocator.usedBytes == 0)
        #expect((early + early).values[4999] == 9998)
        let held = backend.allocator.usedBytes
        #expect(held >= 20_000)
        // Only what was made after the mark is let go.
        let mark = backend.letGoOfConstants(madeSince: nil)
        let late = constant()
        #expect((late + early).values[17] == 34)
        #expect(writes.count.load(ordering: .relaxed) == 2)
        backend.letGoOfConstants(madeSince: mark)
        #expect(backend.allocator.usedBytes == held)
        #expect((late + early).values[17] == 34)
        #expect(writes.count.load(ordering: .relaxed) == 3)
        backend.letGoOfConstants(madeSince: 0)
        #expect(backend.allocator.usedBytes == 0)
    }

    @Test("A Winograd convolution keeps the transformed kernel instead of the kernel, and gives the same bits for it")
    func transformedKernel() {
        let backend = CPUBackend(threads: 2)
        var numbers = Philox(seed: 4, stream: 1)
        let values = numbers.normals(32 * 9 * 32)
        let x = Tensor(numbers.normals(24 * 24 * 32), shape: [1, 24, 24, 32], on: backend)
        let eager = Tensor(values, shape: [32, 3, 3, 32], on: backend)
        let expected = Tensor.apply(.conv2d(.same3x3), [x, eager]).values
        let before = backend.allocator.usedBytes
        let frugal = Tensor(constant: [32, 3, 3, 32], on: backend) { memory in
            _ = memory.update(from: values)
        }
        #expect(Tensor.apply(.conv2d(.same3x3), [x, frugal]).values == expected)
        #expect(backend.allocator.usedBytes - before == BlockAllocator.roundedUp(36 * 32 * 32 * 4))
    }

    @Test("The exponential is within 2e-7 of the library's, relatively")
    func exponential() {
        for step in -8600...8700 {
            let x = Float(step) / 100
            let expected = exp(Double(x))
            #expect(abs(Double(Kernels.exp(Vector(repeating: x))[0]) - expected) <= 2e-7 * expected, "at \(x)")
        }
        #expect(Kernels.exp(Vector(repeating: -1000))[0] < 2e-38)
        #expect(Kernels.exp(Vector(repeating: .infinity))[0] > 1e38)
        #expect(Kernels.exp(Vector(repeating: .nan))[0].isNaN)
    }

    @Test("GELU and its derivative are within 1e-6 of the error function's, absolutely")
    func gelu() {
        for step in -9000...9000 {
            let x = Double(Float(step) / 1000)
            let cumulative = erfc(-x / 2.0.squareRoot()) / 2
            let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
            let vector = Vector(repeating: Float(x))
            // The value itself has a spacing of 1e-7 per unit.
            #expect(abs(Double(Kernels.gelu(vector)[0]) - x * cumulative) <= 1e-6, "at \(x)")
            #expect(abs(Double(Kernels.geluSlope(vector)[0]) - (cumulative + x * density)) <= 1e-6, "at \(x)")
        }
    }

    @Test(
        "The outputs over an entry are those whose windows hold it",
        arguments: [(9, 4), (5, 8), (256, 224), (7, 7), (1, 3), (13, 1)])
    func windows(extent: Int, outputs: Int) {
        let windows = PoolingWindows(extent: extent, outputs: outputs)
        for entry in 0..<extent {
            let expected = (0..<outputs).filter { windows.window($0).contains(entry) }
            #expect(Array(windows.outputs(over: entry)) == expected)
        }
    }

    @Test("Missing processor features are named in the order asked, and an unknown processor lacks none")
    func features() {
        #expect(CPUBackend.missing(of: ["avx2", "fma", "f16c"], in: ["sse2", "fma"]) == ["avx2", "f16c"])
        #expect(CPUBackend.missing(of: ["avx2"], in: []).isEmpty)
        // These tests run kernels compiled for those features.
        #expect(CPUBackend.missingCPUFeatures().isEmpty)
    }

    @Test("The name says which kernels multiply")
    func name() {
        let name = CPUBackend(threads: 1).name
        #expect(name.hasPrefix("cpu/openblas-") && name.count > 13 && name == name.lowercased())
        #expect(CPUBackend(threads: 3).threads == 3)
    }
}

/// A counter that threads may share.
private final class Visits: Sendable {
    let count = Atomic<Int>(0)
    let lane = Atomic<Int>(-1)
}
