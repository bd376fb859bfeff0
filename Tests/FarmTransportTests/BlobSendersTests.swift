import FarmModel
import FarmTransport
import Testing

@Suite struct BlobSendersTests {
    private let chunk = Int64(Limits.chunkBytes)
    private typealias Key = BlobSenders<Int>.Key

    private func sender(_ transfer: UInt64, chunks: Int64 = 8, credit: Int64? = nil) -> BlobSender {
        BlobSender(
            answering: Sample.digest, size: chunks * chunk, transfer: transfer, from: 0,
            credit: credit ?? min(chunks, 4) * chunk)
    }

    /// Executes everything that can be done; the offsets that were sent, by peer.
    private func drain(
        _ senders: inout BlobSenders<Int>, takes: (Int) -> Bool = { _ in true }
    ) -> [(peer: Int, message: BlobMessage)] {
        var sent: [(peer: Int, message: BlobMessage)] = []
        while let step = senders.next() {
            switch step.effect {
            case .read(_, let count): senders.read(step.key, [UInt8](repeating: 1, count: count))
            case .send(let message):
                if takes(step.key.peer) { sent.append((step.key.peer, message)) } else { senders.postpone(step) }
            case .end: break
            case .write, .verify: Issue.record("a sender does not \(step.effect)")
            }
            senders.checkInvariants()
        }
        return sent
    }

    @Test("Transfers take turns, chunk by chunk")
    func turns() {
        var senders = BlobSenders<Int>(limit: 10)
        for peer in 1...3 { #expect(senders.begin(sender(1), for: peer) == .begun) }
        #expect(drain(&senders).map(\.peer) == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3], "a window of four chunks each")
    }

    @Test("No more octets are under way than the budget allows, and who had to wait is first when some come back")
    func budget() {
        var senders = BlobSenders<Int>(limit: 10, budget: 4 * chunk)
        _ = senders.begin(sender(1), for: 1)
        #expect(drain(&senders).count == 4)
        _ = senders.begin(sender(1), for: 2)
        #expect(drain(&senders).isEmpty && senders.outstanding == 4 * chunk)
        senders.handle(.credit(transfer: 1, total: 6 * chunk), of: Key(peer: 1, transfer: 1))
        #expect(drain(&senders).map(\.peer) == [2, 1])
        #expect(senders.outstanding == 4 * chunk)
        senders.drop(1)
        #expect(drain(&senders).map(\.peer) == [2, 2, 2])
    }

    @Test("What is being read counts as well, until it is there, has failed, or nobody wants it any more")
    func reading() {
        var senders = BlobSenders<Int>(limit: 10, budget: 2 * chunk)
        let keys = (1...4).map { Key(peer: $0, transfer: 1) }
        for key in keys { _ = senders.begin(sender(1, credit: chunk), for: key.peer) }
        func reads() -> [Int] {
            var peers: [Int] = []
            while let step = senders.next() {
                if case .read = step.effect { peers.append(step.key.peer) }
                senders.checkInvariants()
            }
            return peers
        }
        #expect(reads() == [1, 2], "as many as the budget has room for")
        senders.drop(1)
        #expect(reads() == [3])
        senders.failed(keys[1])
        #expect(reads() == [4])
        senders.read(keys[2], [UInt8](repeating: 1, count: Limits.chunkBytes))
        senders.checkInvariants()
        #expect(senders.outstanding == chunk)
    }

    @Test("What a peer does not take now it gets later, in the same order, while others go on")
    func busy() {
        var senders = BlobSenders<Int>(limit: 10)
        _ = senders.begin(sender(1, chunks: 2), for: 1)
        _ = senders.begin(sender(1, chunks: 2), for: 2)
        #expect(drain(&senders, takes: { $0 != 1 }).map(\.peer) == [2, 2, 2])
        #expect(senders.isHeldUp && senders.count == 1)
        senders.resume()
        let offsets = drain(&senders).map { sent in
            if case .chunk(_, let offset, _) = sent.message { offset } else { Int64(-1) }
        }
        #expect(offsets == [0, chunk, -1], "two chunks and GET-END")
        #expect(senders.count == 0 && senders.outstanding == 0 && !senders.isHeldUp)
    }

    @Test("A peer has four transfers and no more, and a repeated question is no new one")
    func limits() {
        var senders = BlobSenders<Int>(limit: 6)
        for transfer in 1...4 as ClosedRange<UInt64> { #expect(senders.begin(sender(transfer), for: 1) == .begun) }
        #expect(senders.begin(sender(5), for: 1) == .tooMany)
        #expect(senders.begin(sender(4), for: 1) == .ignored)
        #expect(senders.begin(sender(1), for: 2) == .begun)
        #expect(senders.begin(sender(1), for: 3) == .begun)
        #expect(senders.begin(sender(1), for: 4) == .ignored, "six in all")
    }

    @Test("Who grants more than a window at once is told so, and gets nothing")
    func greed() {
        var senders = BlobSenders<Int>(limit: 10)
        _ = senders.begin(sender(1, credit: TransportLimits.window + 1), for: 1)
        #expect(drain(&senders).map(\.message) == [.abort(transfer: 1, reason: .credit, have: 0)])
        _ = senders.begin(sender(2), for: 1)
        let key = Key(peer: 1, transfer: 2)
        #expect(drain(&senders).count == 4)
        senders.handle(.credit(transfer: 2, total: 4 * chunk + TransportLimits.window + 1), of: key)
        #expect(drain(&senders).map(\.message) == [.abort(transfer: 2, reason: .credit, have: 4 * chunk)])
        #expect(senders.count == 0)
    }

    @Test("Octets that have not left take their part of the budget, whatever the peer says of them")
    func lies() {
        var senders = BlobSenders<Int>(limit: 10, budget: 4 * chunk)
        _ = senders.begin(sender(1, chunks: 20), for: 1)
        // Nothing is taken: a chunk waits, and the next is not read before it has left.
        #expect(drain(&senders, takes: { _ in false }).isEmpty)
        let held = senders.outstanding
        #expect(held >= chunk)
        senders.handle(.credit(transfer: 1, total: 8 * chunk), of: Key(peer: 1, transfer: 1))
        senders.checkInvariants()
        #expect(senders.outstanding >= chunk, "the peer cannot have written what waits here")
    }

    @Test("Who gives up before everything has left did not get all of it")
    func abortedEnd() {
        var senders = BlobSenders<Int>(limit: 10)
        _ = senders.begin(sender(1, chunks: 1), for: 1)
        #expect(drain(&senders, takes: { _ in false }).isEmpty)
        senders.handle(.abort(transfer: 1, reason: .gap, have: 3), of: Key(peer: 1, transfer: 1))
        senders.resume()
        #expect(senders.next()?.effect == .end(.aborted(.gap, have: 3)))
        senders.checkInvariants()
        #expect(senders.next() == nil && senders.count == 0 && senders.outstanding == 0)
    }

    @Test("Who is told that it is over does not wait for the budget")
    func overWithoutBudget() {
        var senders = BlobSenders<Int>(limit: 10, budget: chunk)
        _ = senders.begin(sender(1, credit: chunk), for: 1)
        #expect(drain(&senders).count == 1)
        _ = senders.begin(sender(1, credit: chunk), for: 2)
        #expect(drain(&senders).isEmpty)
        let greed = BlobMessage.credit(transfer: 1, total: TransportLimits.window + 1)
        senders.handle(greed, of: Key(peer: 2, transfer: 1))
        #expect(drain(&senders).map(\.message) == [.abort(transfer: 1, reason: .credit, have: 0)])
        #expect(senders.count == 1)
    }

    @Test("Who gives up is sent nothing more")
    func abort() {
        var senders = BlobSenders<Int>(limit: 10)
        _ = senders.begin(sender(1), for: 1)
        #expect(drain(&senders, takes: { _ in false }).isEmpty)
        senders.handle(.abort(transfer: 1, reason: .gap, have: 0), of: Key(peer: 1, transfer: 1))
        senders.resume()
        #expect(drain(&senders).isEmpty && senders.count == 0)
    }

    @Test("Who gives up while the last words wait for him is over all the same, and takes nobody's place meanwhile")
    func lateAbort() {
        var senders = BlobSenders<Int>(limit: 10)
        for transfer in 1...4 { _ = senders.begin(sender(UInt64(transfer), chunks: 1), for: 1) }
        // All is read; nothing is taken, so that the last chunk, the end and what follows from it wait.
        #expect(drain(&senders, takes: { _ in false }).isEmpty)
        #expect(senders.begin(sender(5), for: 1) == .tooMany, "four whose octets have not left")
        for transfer in 1...4 {
            senders.handle(
                .abort(transfer: UInt64(transfer), reason: .gap, have: 0), of: Key(peer: 1, transfer: UInt64(transfer)))
        }
        #expect(senders.begin(sender(5), for: 1) == .begun, "four that only wait to be heard of")
        senders.resume()
        _ = drain(&senders)
        #expect(senders.count == 1 && senders[Key(peer: 1, transfer: 5)] != nil)
    }

    @Test("Who begins with little and then grants a window has a window under way")
    func widening() {
        var senders = BlobSenders<Int>(limit: 10)
        _ = senders.begin(sender(1, chunks: 20, credit: chunk), for: 1)
        #expect(drain(&senders).count == 1)
        senders.handle(.credit(transfer: 1, total: 9 * chunk), of: Key(peer: 1, transfer: 1))
        #expect(drain(&senders).count == 8)
        #expect(senders.outstanding >= 8 * chunk)
    }
}
