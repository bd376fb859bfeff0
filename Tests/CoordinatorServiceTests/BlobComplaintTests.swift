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

    @Test("Only what was sent can be complained of, once, by whom it was sent to")
    func once() throws {
        var complaints = BlobComplaints()
        let one = try digest(1)
        complaints.sends(one, in: .init(peer: peer, transfer: 7))
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
            complaints.sends(one, in: .init(peer: other, transfer: transfer))
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
            complaints.sends(one, in: .init(peer: peer, transfer: transfer))
        }
        #expect(complaints.heard(of: .init(peer: peer, transfer: 0)) == nil)
        complaints.drop(peer)
        #expect(complaints.heard(of: .init(peer: peer, transfer: UInt64(Limits.transfers))) == nil)
        complaints.sends(one, in: .init(peer: other, transfer: 1))
        #expect(complaints.heard(of: .init(peer: other, transfer: 1)) == one)
    }
}
