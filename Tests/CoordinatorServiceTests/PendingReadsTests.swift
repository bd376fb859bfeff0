import FarmModel
import FarmTransport
import Testing

@testable import CoordinatorService

@Suite struct PendingReadsTests {
    private func order(_ peer: UInt8, _ transfer: UInt64) throws -> BlobReader.Order {
        let digest = try #require(Digest([UInt8](repeating: peer, count: Digest.byteCount)))
        return BlobReader.Order(
            key: .init(peer: Route([peer]), transfer: transfer), digest: digest, offset: 0, count: 1,
            isFirst: true)
    }

    @Test("One order is under way at a time, and the others follow in their order")
    func turns() throws {
        var reads = PendingReads()
        for peer in 1...3 as ClosedRange<UInt8> { reads.add(try order(peer, 1)) }
        #expect(try reads.next() == order(1, 1))
        #expect(reads.next() == nil)
        #expect(try reads.finish(order(1, 1)))
        #expect(try reads.next() == order(2, 1))
        #expect(try reads.finish(order(2, 1)))
        #expect(try reads.next() == order(3, 1))
        #expect(try reads.finish(order(3, 1)))
        #expect(reads.next() == nil)
    }

    @Test("Who has gone, or given up, is not read for any more")
    func drops() throws {
        var reads = PendingReads()
        for (peer, transfer) in [(1, 1), (1, 2), (2, 1), (2, 2)] as [(UInt8, UInt64)] {
            reads.add(try order(peer, transfer))
        }
        reads.drop(Route([1]))
        reads.drop(try order(2, 1).key)
        #expect(try reads.next() == order(2, 2))
        #expect(try reads.isAwaited(by: order(2, 2).key) && !reads.isAwaited(by: order(2, 1).key))
    }

    @Test("What was read for a transfer that was given up is nobody's, also if its number is in use again")
    func reused() throws {
        var reads = PendingReads()
        for transfer in 1...3 as ClosedRange<UInt64> { reads.add(try order(1, transfer)) }
        #expect(try reads.next() == order(1, 1))
        reads.drop(try order(1, 1).key)
        reads.add(try order(1, 1))
        #expect(try !reads.finish(order(1, 1)))
        for transfer in [2, 3, 1] as [UInt64] {
            #expect(try reads.next() == order(1, transfer))
            #expect(try reads.isAwaited(by: order(1, transfer).key))
            #expect(try reads.finish(order(1, transfer)))
        }
        reads.add(try order(1, 1))
        #expect(try reads.next() == order(1, 1))
        reads.drop(Route([1]))
        #expect(try !reads.finish(order(1, 1)))
        #expect(reads.next() == nil)
    }
}
