import CoordinatorService
import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct BlobCrowdTests {
    @Test("B7: A blob that fifty connections bring at once is stored once, and each is told so")
    func crowd() async throws {
        let farm = try await FarmLine()
        let pair = try await farm.admit("w1", .worker)
        let control = try await farm.peer(pair, .toWorker, at: farm.service.endpoints.control)
        let hello = Hello(
            worker: try #require(WorkerID("w1")), instance: WorkerInstance(high: 1, low: 1), host: "h", slots: 1,
            backend: "test", engine: "test")
        guard case .coordinator(.welcome(let welcome)) = try await control.ask(.worker(.hello(hello))) else {
            Issue.record("no welcome")
            return
        }
        let bytes = Array("waited 5 ms\n".utf8)
        let digest = try #require(Digest(hex: "b795d9396d0462549b5011e4339590b2945f9d74b8221ef7c3d3bf429faf6bc9"))
        let put = FrameBody.blob(.put(transfer: 1, digest: digest, size: Int64(bytes.count)))
        let chunk = FrameBody.blob(.chunk(transfer: 1, offset: 0, bytes: Octets(bytes)))
        var peers: [FarmLine.Peer] = []
        for _ in 0..<50 { peers.append(try await farm.peer(pair, .blobs, at: farm.service.endpoints.blobs)) }
        let (stored, have) = (
            FrameBody.blob(.putOK(transfer: 1)), FrameBody.blob(.have(transfer: 1))
        )
        let go = FrameBody.blob(.go(transfer: 1, offset: 0, credit: Int64(bytes.count)))
        // All begin before anybody has sent an octet.
        for peer in peers { #expect(try await peer.ask(put, session: welcome.session) == go) }
        for peer in peers { #expect(try await peer.ask(chunk, session: welcome.session) == stored) }
        for peer in peers { #expect(try await peer.ask(put, session: welcome.session) == have) }
        let folder = farm.folder.appending(path: "state/blobs")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        #expect(files.count { $0.hasSuffix(digest.description) } == 1)
        for peer in peers { await peer.dealer.disconnect() }
        try await farm.end(control)
    }
}
