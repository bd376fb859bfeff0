import FarmModel
import FarmTransport
import Foundation
import Testing

@testable import FarmBench

// What is measured is measured by a process test beside the other daemons; here are the parts that compute.

@Suite("Farm benchmark")
struct FarmBenchTests {
    @Test("Latencies are the median, the largest but one in a hundred, and the longest")
    func latencies() throws {
        let many = try #require(Latencies(microseconds: (1...1000).map { $0 * 1000 }.reversed()))
        #expect(many.count == 1000 && many.p50 == 501 && many.p99 == 991 && many.max == 1000)
        let one = try #require(Latencies(microseconds: [250]))
        #expect(one.p50 == 0.25 && one.p99 == 0.25 && one.max == 0.25)
        #expect(Latencies(microseconds: []) == nil)
    }

    @Test("A blob is the same whatever pieces it is read in, and differs from one of another number")
    func content() {
        let pattern = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        let blob = BlobContent(pattern, size: 2500, stamp: 0x0102_0304_0506_0708)
        let whole = blob.read(at: 0, count: 2500)
        #expect(whole.count == 2500 && Array(whole.prefix(8)) == [8, 7, 6, 5, 4, 3, 2, 1])
        for step in [1, 3, 8, 999, 1001] {
            let pieces = stride(from: 0, to: 2500, by: step).flatMap { blob.read(at: Int64($0), count: step) }
            #expect(pieces == whole, "pieces of \(step)")
        }
        #expect(blob.read(at: 2499, count: 100) == [whole[2499]])
        let other = BlobContent(pattern, size: 2500, stamp: 1)
        #expect(other.digest != blob.digest)
        #expect(other.read(at: 8, count: 2492) == Array(whole.dropFirst(8)))
    }

    @Test("A process's memory and processor time are those of the system, and a process that is gone is an error")
    func usage() throws {
        let own = try ProcessUsage(of: getpid())
        #expect(own.residentBytes > 1 << 20 && own.peakBytes >= own.residentBytes)
        #expect(own.cpuSeconds >= 0 && ProcessUsage.own > 0)
        // The largest number that a process can have is far below.
        #expect(throws: FarmBenchError.self) { try ProcessUsage(of: .max) }
    }

    @Test("A coordinator that takes more memory than its budget says so, in words and in JSON")
    func memoryBudget() throws {
        var memory = MemoryFigures()
        memory.budgetBytes = CoordinatorMemory.budget(workers: 1000, tasks: 1_000_000)
        // The budgets of blobs are the most of it; every worker and every task counts.
        #expect(memory.budgetBytes > CoordinatorMemory.budget(workers: 999, tasks: 1_000_000))
        #expect(memory.budgetBytes > CoordinatorMemory.budget(workers: 1000, tasks: 999_999))
        #expect(CoordinatorMemory.budget(workers: 0, tasks: 0) > 2 * TransportLimits.receiveBudget)
        memory.peakBytes = memory.budgetBytes
        #expect(memory.isWithinBudget)
        memory.peakBytes += 1
        #expect(!memory.isWithinBudget)
        let text = String(decoding: try JSONEncoder().encode(memory), as: UTF8.self)
        #expect(text.contains("\"within_budget\":false"))
    }
}
