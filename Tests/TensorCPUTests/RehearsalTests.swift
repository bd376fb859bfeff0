import TensorCore
import Testing

@testable import TensorCPU

@Suite("Rehearsals")
struct RehearsalTests {
    /// A little network with everything that takes memory of its own: transformed kernels, scratch, statistics.
    private func run(on backend: CPUBackend) -> Tensor {
        let kernel = Tensor(constant: [32, 3, 3, 32], on: backend) { memory in
            for i in memory.indices { memory[i] = Float(i % 7) / 7 }
        }
        let conv = Conv2d(weight: kernel, bias: nil, .same3x3)
        let ones = Tensor(repeating: 1, shape: [32], on: backend)
        let norm = GroupNorm(scale: ones, shift: ones, groups: 8)
        let x = Tensor([Float](repeating: 0.5, count: 64 * 64 * 32), shape: [1, 64, 64, 32], on: backend).tracked()
        let y = conv.upsampling(conv(norm(x, then: .swish)) + x)
        return gradient(of: y.mean(), withRespectTo: [x])[0]
    }

    @Test("A rehearsal takes the very memory of the computation", arguments: [1, 3])
    func sameMemory(threads: Int) {
        let (backend, rehearsal) = (CPUBackend(threads: threads), CPUBackend.rehearsal(threads: threads))
        _ = run(on: backend)
        _ = run(on: rehearsal)
        #expect(rehearsal.allocator.peakBytes == backend.allocator.peakBytes)
        #expect(rehearsal.greatestBytes == backend.greatestBytes)
        #expect(rehearsal.greatestBytes > 64 * 64 * 32 * 4)
    }

    @Test("A rehearsal computes nothing: all values are zero, and constants are never written")
    func nothing() {
        let rehearsal = CPUBackend.rehearsal(threads: 2)
        #expect(run(on: rehearsal).values.allSatisfy { $0 == 0 })
        let constant = Tensor(constant: [8], on: rehearsal) { _ in Issue.record("written") }
        #expect((constant + constant).values == [Float](repeating: 0, count: 8))
    }

    @Test("A second rehearsal begins like the first")
    func again() {
        let rehearsal = CPUBackend.rehearsal(threads: 1)
        _ = run(on: rehearsal)
        let (bytes, seconds) = (rehearsal.greatestBytes, rehearsal.expectedSeconds)
        rehearsal.rehearseAgain()
        // What is handed back are whole pages: a little stays at the ends of all parts of the memory.
        #expect(rehearsal.greatestBytes <= 6 * Limits.residentStretch && rehearsal.expectedSeconds == 0)
        _ = run(on: rehearsal)
        #expect(rehearsal.greatestBytes == bytes && rehearsal.expectedSeconds == seconds)
    }

    @Test("Kernels that are transformed again take less memory and give the same bits")
    func transforms() {
        let (keeping, sparing) = (CPUBackend(threads: 1), CPUBackend(threads: 1))
        sparing.keepDerivedWeights(false)
        #expect(run(on: keeping).values == run(on: sparing).values)
        let kernel = Tensor(constant: [32, 3, 3, 32], on: keeping) { $0.update(repeating: 1) }
        let x = Tensor(repeating: 1, shape: [1, 64, 64, 32], on: keeping)
        let conv = Conv2d(weight: kernel, bias: nil, .same3x3)
        _ = conv(x)
        let held = keeping.allocator.usedBytes
        keeping.keepDerivedWeights(false)
        #expect(keeping.allocator.usedBytes <= held - 32 * 32 * 36 * 4)
        #expect(conv(x).values[5] == 4 * 32)
    }
}
