import FarmModel
import Testing

@testable import CoordinatorService

struct IncomingUploadTests {
    @Test("Octets gather in their pieces until an order takes them all")
    func gathering() throws {
        let digest = try #require(Digest([UInt8](repeating: 1, count: Digest.byteCount)))
        var incoming = IncomingUpload(BlobWriter.Upload(number: 3, digest: digest, owner: nil))
        incoming.gather([1, 2], at: 10)
        incoming.gather([3], at: 12)
        #expect(incoming.gathered == 3)
        guard case .write(let upload, 10, [[1, 2, 3]]) = incoming.order() else {
            Issue.record("not those octets")
            return
        }
        #expect(upload == incoming.upload && incoming.gathered == 0)
        incoming.gather([4], at: 13)
        guard case .write(_, 13, [[4]]) = incoming.order() else {
            Issue.record("not what came since")
            return
        }
    }

    @Test("Small pieces are joined, large ones stay as they came, and all keep their order")
    func joining() throws {
        let digest = try #require(Digest([UInt8](repeating: 1, count: Digest.byteCount)))
        var incoming = IncomingUpload(BlobWriter.Upload(number: 3, digest: digest, owner: nil))
        let large = (0..<Limits.smallPiece).map { UInt8(truncatingIfNeeded: $0) }
        var offset: Int64 = 0
        for piece in [[1], [2, 3], large, large, [4], [5], large] {
            incoming.gather(Octets(piece), at: offset)
            offset += Int64(piece.count)
        }
        guard case .write(_, 0, let pieces) = incoming.order() else {
            Issue.record("not from the beginning")
            return
        }
        #expect(pieces.map(\.array) == [[1, 2, 3], large, large, [4, 5], large])
    }

    @Test("It is full of as many octets as are written in one go, and empty when they are forgotten")
    func bounds() throws {
        let digest = try #require(Digest([UInt8](repeating: 1, count: Digest.byteCount)))
        var incoming = IncomingUpload(BlobWriter.Upload(number: 3, digest: digest, owner: nil))
        incoming.gather(Octets([UInt8](repeating: 0, count: Limits.runBytes - 1)), at: 0)
        #expect(!incoming.isFull)
        incoming.gather([0], at: Int64(Limits.runBytes) - 1)
        #expect(incoming.isFull)
        incoming.discard()
        #expect(!incoming.isFull && incoming.gathered == 0)
    }
}
