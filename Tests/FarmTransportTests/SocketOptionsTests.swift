import FarmModel
import FarmProtocol
import Testing

@testable import FarmTransport

@Suite struct SocketOptionsTests {
    @Test("Half of a sender's queue holds twice the chunks that a coordinator may grant to one peer at once")
    func window() {
        // libzmq learns in halves of the queue that something has left, so only one half is there for sure.
        let chunks = TransportLimits.offerWindow / Int64(Limits.chunkBytes)
        #expect(Int64(SocketOptions.dealing(on: .blobs).sendHighWater / 2) >= 2 * chunks)
        #expect(SocketOptions.dealing(on: .toWorker) == .standard(for: .toWorker))
    }
}
