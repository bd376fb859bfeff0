import FarmModel
import FarmTransport
import Testing

@Suite struct BlobLinkTests {
    static let sizes = [0, 1, 262_144, 262_145, 3 << 20]

    @Test("B1: A PUT over a good link stores the blob and sends each octet once", arguments: sizes)
    func put(size: Int) throws {
        var link = BlobLink(size: size, seed: 1)
        try link.runPut()
        #expect(link.stored == link.content)
        #expect(link.octetsSent == size)
        #expect(link.transfers == 1)
    }

    @Test("B1: A GET over a good link fetches the blob and sends each octet once", arguments: sizes)
    func get(size: Int) throws {
        var link = BlobLink(size: size, seed: 2)
        try link.runGet()
        #expect(link.stored == link.content)
        #expect(link.octetsSent == size)
        #expect(link.transfers == 1)
    }

    @Test(
        "A PUT over a link that loses messages ends with the whole blob", arguments: sizes,
        1...10 as ClosedRange<UInt64>)
    func lossyPut(size: Int, seed: UInt64) throws {
        var link = BlobLink(size: size, seed: seed, lossPercent: 20)
        try link.runPut()
        #expect(link.stored == link.content)
    }

    @Test(
        "A GET over a link that loses messages ends with the whole blob", arguments: sizes,
        1...10 as ClosedRange<UInt64>)
    func lossyGet(size: Int, seed: UInt64) throws {
        var link = BlobLink(size: size, seed: seed, lossPercent: 20)
        try link.runGet()
        #expect(link.stored == link.content)
    }

    @Test(
        "B2: A transfer goes on from what is there, also in the middle of a chunk and at the end",
        arguments: [1, 100_000, 262_144, 262_145, 3 << 20], [true, false])
    func resume(offset: Int, isPut: Bool) throws {
        var link = BlobLink(size: 3 << 20, seed: 3)
        link.partial = Array(link.content.prefix(offset))
        if isPut { try link.runPut() } else { try link.runGet() }
        #expect(link.stored == link.content)
        #expect(link.octetsSent == (3 << 20) - offset)
    }

    @Test("A partial file of wrong content is thrown away and sent anew", arguments: [true, false])
    func wrongPartial(isPut: Bool) throws {
        var link = BlobLink(size: 600_000, seed: 4)
        link.partial = [UInt8](repeating: 0, count: 1_000)
        if isPut { try link.runPut() } else { try link.runGet() }
        #expect(link.stored == link.content)
        #expect(link.transfers == 2)
        #expect(link.octetsSent == 600_000 - 1_000 + 600_000)
    }

    @Test("A blob that is stored already is not sent again")
    func alreadyThere() throws {
        var link = BlobLink(size: 5_000, seed: 5)
        link.stored = link.content
        try link.runPut()
        #expect(link.octetsSent == 0)
    }

    @Test("B8: Fifty peers at once: no more octets wait to be written than the budget allows, and all arrive")
    func crowd() {
        var generator = SplitMix64(seed: 6)
        let budget = 8 * Int64(Limits.chunkBytes)
        var receivers = BlobReceivers<Int>(budget: budget, window: 2 * Int64(Limits.chunkBytes))
        let size = 700_000
        let data = [UInt8](repeating: 3, count: Limits.chunkBytes)
        var senders = (0..<50).map { _ in BlobSender(offering: Sample.digest, size: Int64(size), transfer: 1) }
        var effects: [(peer: Int, effect: BlobEffect, isSender: Bool)] = []
        for peer in senders.indices { effects += senders[peer].start().map { (peer, $0, true) } }
        var waiting: Int64 = 0
        var complete = 0
        while !effects.isEmpty {
            // Any peer may be next, but the effects of one peer keep their order.
            let pick = effects[Int.random(in: effects.indices, using: &generator)].peer
            guard let index = effects.firstIndex(where: { $0.peer == pick }) else { return }
            let (peer, effect, isSender) = effects.remove(at: index)
            var steps: [BlobReceivers<Int>.Step] = []
            switch effect {
            case .send(.put(let transfer, let digest, let size)):
                let receiver = BlobReceiver(accepting: digest, size: size, transfer: transfer, from: 0)
                steps = receivers.begin(receiver, from: peer)
            case .send(let message):
                if isSender {
                    steps = receivers.handle(message, from: peer)
                } else {
                    effects += senders[peer].handle(message).map { (peer, $0, true) }
                }
            case .read(_, let count):
                effects += senders[peer].read(Array(data.prefix(count))).map { (peer, $0, true) }
            case .write(let offset, let bytes):
                waiting -= Int64(bytes.count)
                steps = receivers.written(.init(peer: peer, transfer: 1), upTo: offset + Int64(bytes.count))
            case .verify: steps = receivers.verified(.init(peer: peer, transfer: 1), true)
            case .end(let outcome):
                #expect(outcome == .complete)
                complete += 1
            }
            for step in steps {
                if case .write(_, let bytes) = step.effect { waiting += Int64(bytes.count) }
                effects.append((step.key.peer, step.effect, false))
            }
            #expect(waiting <= budget)
            receivers.checkInvariants()
        }
        #expect(complete == 100, "both sides of each transfer")
        #expect(receivers.count == 0)
    }

    @Test("B9, B10: A peer may have four transfers at a time, and one that is lost frees what it held")
    func perPeer() {
        var receivers = BlobReceivers<Int>()
        func begin(_ transfer: UInt64) -> [BlobReceivers<Int>.Step] {
            receivers.begin(
                BlobReceiver(accepting: Sample.digest, size: 100, transfer: transfer, from: 0), from: 1)
        }
        for transfer in 1...4 as ClosedRange<UInt64> {
            #expect(begin(transfer).map(\.effect) == [.send(.go(transfer: transfer, offset: 0, credit: 100))])
        }
        #expect(begin(5).last?.effect == .end(.aborted(.quota, have: 0)))
        #expect(begin(4).map(\.effect) == [.send(.go(transfer: 4, offset: 0, credit: 100))], "a repeated PUT")
        #expect(receivers.drop(1).map(\.key.transfer) == [1, 2, 3, 4])
        #expect(receivers.count == 0)
        #expect(
            receivers.handle(.chunk(transfer: 1, offset: 0, bytes: [1]), from: 1).map(\.effect)
                == [.send(.abort(transfer: 1, reason: .unknown, have: 0))])
        #expect(receivers.handle(.abort(transfer: 1, reason: .unknown, have: 0), from: 1) == [])
        receivers.checkInvariants()
    }
}
