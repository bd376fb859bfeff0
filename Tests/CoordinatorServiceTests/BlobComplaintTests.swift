import FarmModel
import FarmTransport
import Testing

@testable import CoordinatorService

struct BlobComplaintTests {
    private let peer = Route([1])
    private let other = Route([2])

    private func digest(_ number: UInt8) throws -> Digest {
        try #require(Digest([UInt8](repeating: number, count: Digest.byteCount)))
    }

    /// All of a blob goes out.
    private func send(_ digest: Digest, _ key: BlobComplaints.Key, _ complaints: inout BlobComplaints) {
        complaints.begins(digest, in: key)
        complaints.ends(key, isWhole: true)
    }

    @Test("Only what was sent can be complained of, once, by whom it was sent to")
    func once() throws {
        var complaints = BlobComplaints()
        let one = try digest(1)
        send(one, .init(peer: peer, transfer: 7), &complaints)
        #expect(complaints.heard(of: .init(peer: other, transfer: 7)) == nil)
        #expect(complaints.heard(of: .init(peer: peer, transfer: 8)) == nil)
        #expect(complaints.heard(of: .init(peer: peer, transfer: 7)) == one)
        #expect(complaints.heard(of: .init(peer: peer, transfer: 7)) == nil)
    }

    @Test("A blob is doubted once in a while, whoever complains")
    func rest() throws {
        var complaints = BlobComplaints()
        let one = try digest(1)
        func complain(_ transfer: UInt64) -> Digest? {
            send(one, .init(peer: other, transfer: transfer), &complaints)
            return complaints.heard(of: .init(peer: other, transfer: transfer))
        }
        #expect(complain(1) == one)
        for _ in 1..<Limits.doubtTicks { complaints.tick() }
        #expect(complain(2) == nil)
        complaints.tick()
        #expect(complain(3) == one)
    }

    @Test("What is remembered is bounded, and goes with its peer")
    func bounds() throws {
        var complaints = BlobComplaints()
        let one = try digest(1)
        for transfer in 0...UInt64(Limits.transfers) {
            send(one, .init(peer: peer, transfer: transfer), &complaints)
        }
        #expect(complaints.heard(of: .init(peer: peer, transfer: 0)) == nil)
        complaints.drop(peer)
        #expect(complaints.heard(of: .init(peer: peer, transfer: UInt64(Limits.transfers))) == nil)
        send(one, .init(peer: other, transfer: 1), &complaints)
        #expect(complaints.heard(of: .init(peer: other, transfer: 1)) == one)
    }

    @Test("Who was not sent the whole of a blob cannot know that it is wrong")
    func parts() throws {
        var complaints = BlobComplaints()
        let key = BlobComplaints.Key(peer: peer, transfer: 1)
        complaints.begins(try digest(1), in: key)
        #expect(complaints.heard(of: key) == nil)
        complaints.ends(key, isWhole: false)
        #expect(complaints.heard(of: key) == nil)
        complaints.begins(try digest(1), in: key)
        complaints.drop(peer)
        complaints.ends(key, isWhole: true)
        #expect(complaints.heard(of: key) == nil)
    }

    @Test("A blob that is asked for in vain is looked for once in a tick, and only so many are")
    func misses() throws {
        var complaints = BlobComplaints()
        let numbers = Array(0...UInt8(Limits.missedBlobs))
        func looks() throws -> [Bool] { try numbers.map { complaints.misses(try digest($0)) } }
        // One more than are looked for.
        #expect(try looks() == numbers.map { $0 < Limits.missedBlobs })
        #expect(try looks().allSatisfy { !$0 })
        complaints.tick()
        let last = complaints.misses(try digest(numbers[Limits.missedBlobs]))
        #expect(last)
    }
}
