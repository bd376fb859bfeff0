import FarmModel
import FarmTransport
import Testing

@Suite struct BlobMachineTests {
    private let digest = Sample.digest
    private let chunk = Int64(Limits.chunkBytes)

    private func sender(_ size: Int64) -> BlobSender { BlobSender(offering: digest, size: size, transfer: 1) }

    private func receiver(_ size: Int64, from offset: Int64 = 0) -> BlobReceiver {
        BlobReceiver(accepting: digest, size: size, transfer: 1, from: offset)
    }

    @Test("A blob that is there already costs no octet")
    func have() {
        var sender = sender(10)
        #expect(sender.start() == [.send(.put(transfer: 1, digest: digest, size: 10))])
        #expect(sender.handle(.have(transfer: 1)) == [.end(.alreadyThere)])
        #expect(sender.isEnded)
        #expect(sender.handle(.go(transfer: 1, offset: 0, credit: 10)) == [])
    }

    @Test("B5, B6: A sender never goes beyond its credit, whatever the order of grants")
    func senderCredit() {
        var sender = sender(1_000)
        _ = sender.start()
        #expect(sender.handle(.go(transfer: 1, offset: 0, credit: 100)) == [.read(offset: 0, count: 100)])
        let sent = sender.read([UInt8](repeating: 1, count: 60))
        #expect(sent.first == .send(.chunk(transfer: 1, offset: 0, bytes: Octets([UInt8](repeating: 1, count: 60)))))
        #expect(sent.last == .read(offset: 60, count: 40))
        #expect(sender.read([UInt8](repeating: 1, count: 40)).count == 1, "the credit is used up")
        #expect(sender.handle(.credit(transfer: 1, total: 50)) == [], "an older credit is harmless")
        #expect(sender.handle(.credit(transfer: 1, total: 100)) == [], "a repeated credit is harmless")
        #expect(sender.handle(.credit(transfer: 1, total: 5_000)) == [.read(offset: 100, count: 900)])
        #expect(sender.handle(.go(transfer: 1, offset: 0, credit: 1_000)) == [], "a repeated GO is harmless")
    }

    @Test("What is read in one go leaves in chunks, and more than was asked for ends the transfer")
    func runs() throws {
        let size = 9 * chunk + 7
        var sender = BlobSender(
            answering: digest, size: size, transfer: 1, from: 7, credit: 7 + 8 * chunk, readBytes: Limits.chunkBytes * 4
        )
        #expect(sender.start() == [.read(offset: 7, count: Limits.chunkBytes * 4)])
        let octets = (0..<Limits.chunkBytes * 3 + 5).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let sent = sender.read(octets)
        let starts = [0, Limits.chunkBytes, Limits.chunkBytes * 2, Limits.chunkBytes * 3]
        #expect(
            sent == starts.map { start in
                let bytes = Array(octets[start..<min(octets.count, start + Limits.chunkBytes)])
                return .send(.chunk(transfer: 1, offset: 7 + Int64(start), bytes: Octets(bytes)))
            } + [.read(offset: 7 + Int64(octets.count), count: Limits.chunkBytes * 4)])
        let tooMuch = [UInt8](repeating: 0, count: Limits.chunkBytes * 4 + 1)
        #expect(sender.read(tooMuch).last == .end(.aborted(.storage, have: 7 + Int64(octets.count))))
    }

    @Test("An offer that is repeated when all has come, but is not written, ends nothing")
    func repeatedOffer() {
        var receiver = receiver(3)
        _ = receiver.granted(upTo: 3)
        let offer = BlobMessage.put(transfer: 1, digest: digest, size: 3)
        #expect(receiver.handle(.chunk(transfer: 1, offset: 0, bytes: [1, 2])) == [.write(offset: 0, bytes: [1, 2])])
        var lost = receiver
        #expect(lost.handle(offer).last == .end(.aborted(.gap, have: 2)), "the rest is not on its way any more")
        _ = receiver.handle(.chunk(transfer: 1, offset: 2, bytes: [3]))
        #expect(receiver.handle(offer) == [])
        #expect(receiver.written(upTo: 3) == [.verify(digest, size: 3)])
    }

    @Test("A receiver knows how much may come before it grants more")
    func expected() {
        var receiver = receiver(1_000, from: 100)
        #expect(receiver.expected == 0)
        _ = receiver.granted(upTo: 400)
        #expect(receiver.expected == 300)
        _ = receiver.handle(.chunk(transfer: 1, offset: 100, bytes: Octets([UInt8](repeating: 1, count: 50))))
        #expect(receiver.expected == 250)
        _ = receiver.granted(upTo: 5_000)
        #expect(receiver.expected == 850)
    }

    @Test("A file that shrank under the sender aborts the transfer")
    func shrunk() {
        var sender = sender(100)
        _ = sender.start()
        _ = sender.handle(.go(transfer: 1, offset: 0, credit: 100))
        _ = sender.read([UInt8](repeating: 1, count: 30))
        let abort = BlobMessage.abort(transfer: 1, reason: .storage, have: 30)
        #expect(sender.read([]) == [.send(abort), .end(.aborted(.storage, have: 30))])
        #expect(sender.cancel(.storage) == [], "it is over already")
    }

    @Test("A GET for an offset beyond the blob is refused with the size")
    func getBeyond() {
        var sender = BlobSender(answering: digest, size: 10, transfer: 4, from: 11, credit: 20)
        #expect(sender.start().last == .end(.aborted(.gap, have: 10)))
    }

    @Test("B4: A sender that exceeds its credit is aborted with what it has achieved")
    func exceedsCredit() {
        var receiver = receiver(1_000)
        #expect(receiver.granted(upTo: 100) == [.send(.go(transfer: 1, offset: 0, credit: 100))])
        let first = [UInt8](repeating: 1, count: 100)
        #expect(
            receiver.handle(.chunk(transfer: 1, offset: 0, bytes: Octets(first))) == [
                .write(offset: 0, bytes: Octets(first))
            ])
        let abort = BlobMessage.abort(transfer: 1, reason: .credit, have: 100)
        #expect(
            receiver.handle(.chunk(transfer: 1, offset: 100, bytes: [1]))
                == [.send(abort), .end(.aborted(.credit, have: 100))])
        #expect(receiver.handle(.chunk(transfer: 1, offset: 101, bytes: [1])) == [], "it is over")
    }

    @Test("A chunk before any credit is aborted")
    func beforeGo() {
        var receiver = receiver(1_000)
        #expect(receiver.handle(.chunk(transfer: 1, offset: 0, bytes: [1])).last == .end(.aborted(.credit, have: 0)))
    }

    @Test("B3: A gap, an overlap and a repetition are aborted", arguments: [101, 99, 0] as [Int64])
    func gap(offset: Int64) {
        var receiver = receiver(1_000)
        _ = receiver.granted(upTo: 1_000)
        _ = receiver.handle(.chunk(transfer: 1, offset: 0, bytes: Octets([UInt8](repeating: 1, count: 100))))
        #expect(
            receiver.handle(.chunk(transfer: 1, offset: offset, bytes: [1])).first
                == .send(.abort(transfer: 1, reason: .gap, have: 100)))
    }

    @Test("B3: Credit never exceeds the size, so octets behind the end are refused")
    func beyondSize() {
        var receiver = receiver(100)
        #expect(receiver.granted(upTo: 1 << 20) == [.send(.go(transfer: 1, offset: 0, credit: 100))])
        #expect(
            receiver.handle(.chunk(transfer: 1, offset: 0, bytes: Octets([UInt8](repeating: 1, count: 101)))).last
                == .end(.aborted(.credit, have: 0)))
    }

    @Test("The content is compared only when all is written, and PUT-OK comes only after that")
    func verifies() {
        var receiver = receiver(4, from: 1)
        #expect(receiver.granted(upTo: 4) == [.send(.go(transfer: 1, offset: 1, credit: 4))])
        _ = receiver.handle(.chunk(transfer: 1, offset: 1, bytes: [1, 2]))
        _ = receiver.handle(.chunk(transfer: 1, offset: 3, bytes: [3]))
        #expect(receiver.written(upTo: 3) == [])
        #expect(receiver.written(upTo: 4) == [.verify(digest, size: 4)])
        #expect(receiver.verified(true) == [.send(.putOK(transfer: 1)), .end(.complete)])
    }

    @Test("R5: Wrong content is aborted and nothing of it is kept")
    func wrongContent() {
        var receiver = receiver(0)
        #expect(receiver.granted(upTo: 0).last == .verify(digest, size: 0))
        let abort = BlobMessage.abort(transfer: 1, reason: .digest, have: 0)
        #expect(receiver.verified(false) == [.send(abort), .end(.aborted(.digest, have: 0))])
    }

    @Test("An end that does not fit what came is a gap")
    func wrongEnd() {
        var receiver = BlobReceiver(asking: digest, transfer: 2, from: 0)
        #expect(receiver.granted(upTo: 100) == [.send(.get(transfer: 2, digest: digest, offset: 0, credit: 100))])
        _ = receiver.handle(.chunk(transfer: 2, offset: 0, bytes: [1, 2, 3]))
        #expect(receiver.handle(.getEnd(transfer: 2, size: 4)).last == .end(.aborted(.gap, have: 3)))
    }

    @Test("Who asked and got something else says so")
    func wrongAnswer() {
        var receiver = BlobReceiver(asking: digest, transfer: 2, from: 0)
        _ = receiver.granted(upTo: 100)
        _ = receiver.handle(.chunk(transfer: 2, offset: 0, bytes: [1, 2, 3]))
        _ = receiver.written(upTo: 3)
        #expect(receiver.handle(.getEnd(transfer: 2, size: 3)) == [.verify(digest, size: 3)])
        let abort = BlobMessage.abort(transfer: 2, reason: .digest, have: 0)
        #expect(receiver.verified(false) == [.send(abort), .end(.aborted(.digest, have: 0))])
    }
}
