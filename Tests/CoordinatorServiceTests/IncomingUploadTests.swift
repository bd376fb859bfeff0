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
        guard case .write(let upload, 10, [[1, 2], [3]]) = incoming.order() else {
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

    @Test("It is full of many octets, and of many small pieces")
    func bounds() throws {
        let digest = try #require(Digest([UInt8](repeating: 1, count: Digest.byteCount)))
        var incoming = IncomingUpload(BlobWriter.Upload(number: 3, digest: digest, owner: nil))
        for offset in 0..<Limits.runPieces {
            #expect(!incoming.isFull)
            incoming.gather([0], at: Int64(offset))
        }
        #expect(incoming.isFull)
        incoming.discard()
        #expect(!incoming.isFull && incoming.gathered == 0)
        incoming.gather([UInt8](repeating: 0, count: Limits.runBytes), at: 0)
        #expect(incoming.isFull)
    }
}
