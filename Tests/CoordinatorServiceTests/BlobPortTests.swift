import CoordinatorService
import Crypto
import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Testing

/// Peers of the blob port that do what they should not.
@Suite(.timeLimit(.minutes(5))) struct BlobPortTests {
    private func digest(of bytes: [UInt8]) throws -> FarmModel.Digest {
        let digest = FarmModel.Digest(Array(SHA256.hash(data: bytes)))
        return try #require(digest)
    }

    /// Files of a farm's uploads that this process has open.
    private func openUploads(_ farm: FarmLine) -> [String] {
        let folder = farm.folder.path + "/state/incoming/"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
            .filter { $0.hasPrefix(folder) }
    }

    private func client(_ farm: FarmLine, _ name: String) async throws -> (FarmLine.Peer, SessionID) {
        let pair = try await farm.admit(name, .submit)
        let peer = try await farm.peer(pair, .toClient, at: farm.service.endpoints.clients)
        guard case .clientReply(.opened(let opened)) = try await peer.ask(.client(.open)) else {
            throw FarmLine.Unexpected("not opened")
        }
        await peer.dealer.disconnect()
        return (try await farm.peer(pair, .blobs, at: farm.service.endpoints.blobs), SessionID(opened.epoch))
    }

    /// A worker in its session, at the blob port.
    private func worker(_ farm: FarmLine) async throws -> (control: FarmLine.Peer, FarmLine.Peer, SessionID) {
        let pair = try await farm.admit("w1", .worker)
        let control = try await farm.peer(pair, .toWorker, at: farm.service.endpoints.control)
        let hello = Hello(
            worker: try #require(WorkerID("w1")), instance: WorkerInstance(high: 1, low: 0), host: "h", slots: 1,
            backend: "test", engine: "test")
        guard case .coordinator(.welcome(let welcome)) = try await control.ask(.worker(.hello(hello))) else {
            throw FarmLine.Unexpected("not welcome")
        }
        return (control, try await farm.peer(pair, .blobs, at: farm.service.endpoints.blobs), welcome.session)
    }

    private func store(_ bytes: [UInt8], _ peer: FarmLine.Peer, _ session: SessionID) async throws {
        let digest = try digest(of: bytes)
        let put = FrameBody.blob(.put(transfer: 99, digest: digest, size: Int64(bytes.count)))
        guard case .blob(.go(_, 0, let credit)) = try await peer.ask(put, session: session), credit >= bytes.count
        else { throw FarmLine.Unexpected("no GO for everything") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(FarmModel.Limits.chunkBytes))
            let chunk = BlobMessage.chunk(transfer: 99, offset: Int64(rest.startIndex), bytes: Octets(part))
            while await peer.dealer.send(.blob(chunk), session: session) == .busy {
                try await Task.sleep(for: .milliseconds(2))
            }
            rest = rest.dropFirst(part.count)
        }
        #expect(try await peer.hear() == .blob(.putOK(transfer: 99)))
    }

    @Test("B4: an asker gets a window at most, four transfers at most, and is told so")
    func greed() async throws {
        let farm = try await FarmLine()
        let (control, blobs, session) = try await worker(farm)
        let content = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 251) }
        try await store(content, blobs, session)
        let digest = try digest(of: content)
        func get(_ transfer: UInt64, credit: Int64) -> FrameBody {
            .blob(.get(transfer: transfer, digest: digest, offset: 0, credit: credit))
        }
        let all = try await blobs.ask(get(1, credit: 64 << 30), session: session)
        #expect(all == .blob(.abort(transfer: 1, reason: .credit, have: 0)))
        // Transfers that wait for more credit are under way.
        for transfer in 2...5 as ClosedRange<UInt64> {
            let answer = try await blobs.ask(get(transfer, credit: 1), session: session)
            #expect(answer == .blob(.chunk(transfer: transfer, offset: 0, bytes: [content[0]])))
        }
        let fifth = try await blobs.ask(get(6, credit: 1), session: session)
        #expect(fifth == .blob(.abort(transfer: 6, reason: .quota, have: 0)))
        // Those under way go on, in turns, and each gets every octet.
        for transfer in 2...5 as ClosedRange<UInt64> {
            await blobs.dealer.send(.blob(.credit(transfer: transfer, total: 1_000_000)), session: session)
        }
        var received = [UInt64: [UInt8]](uniqueKeysWithValues: (2...5).map { ($0, [content[0]]) })
        var ended = 0
        while ended < 4 {
            switch try await blobs.hear() {
            case .blob(.chunk(let transfer, let offset, let bytes)):
                #expect(offset == Int64(received[transfer]?.count ?? 0))
                received[transfer]? += bytes.array
            case .blob(.getEnd(_, 1_000_000)): ended += 1
            case let other: Issue.record("\(other)")
            }
        }
        #expect(received.values.allSatisfy { $0 == content })
        try await farm.end(control, blobs)
    }

    @Test("Who has his whole part under way is granted nothing for a second blob, and others are")
    func parts() async throws {
        let farm = try await FarmLine()
        let (ada, session) = try await client(farm, "ada")
        let size: Int64 = 1 << 30
        func put(_ transfer: UInt64) throws -> FrameBody {
            .blob(.put(transfer: transfer, digest: try digest(of: [UInt8(transfer)]), size: size))
        }
        let part = TransportLimits.offerWindow
        #expect(try await ada.ask(put(1), session: session) == .blob(.go(transfer: 1, offset: 0, credit: part)))
        await ada.dealer.send(try put(2), session: session)
        // The answer to a later question comes first: there was none to the offer.
        let get = FrameBody.blob(.get(transfer: 3, digest: try digest(of: [9]), offset: 0, credit: 1))
        let answer = try await ada.ask(get, session: session)
        #expect(answer == .blob(.abort(transfer: 3, reason: .unknown, have: 0)))
        let (bob, same) = try await client(farm, "bob")
        #expect(try await bob.ask(put(4), session: same) == .blob(.go(transfer: 4, offset: 0, credit: part)))
        try await farm.end(ada, bob)
    }

    @Test("A number whose transfer was given up is used again at once, and brings what was asked for last")
    func reusedAfterAbort() async throws {
        let farm = try await FarmLine()
        let (control, blobs, session) = try await worker(farm)
        let content = (0..<1_200_000).map { UInt8(truncatingIfNeeded: ($0 / 251) &* 7) }
        try await store(content, blobs, session)
        let digest = try digest(of: content)
        func say(_ message: BlobMessage) async throws {
            while await blobs.dealer.send(.blob(message), session: session) == .busy {
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        func get(_ transfer: UInt64, from offset: Int64) -> BlobMessage {
            .get(transfer: transfer, digest: digest, offset: offset, credit: Int64(content.count))
        }
        let mark = try self.digest(of: [9])
        for round in 1...50 as ClosedRange<UInt64> {
            for transfer in 1...4 as ClosedRange<UInt64> { try await say(get(transfer, from: 0)) }
            for transfer in 1...4 as ClosedRange<UInt64> {
                try await say(.abort(transfer: transfer, reason: .storage, have: 0))
                try await say(get(transfer, from: 0))
                try await say(.abort(transfer: transfer, reason: .storage, have: 0))
            }
            // What was asked for before may still come, up to this answer: no more than the line takes at once.
            try await say(.get(transfer: 100 + round, digest: mark, offset: 0, credit: 1))
            while try await blobs.hear() != .blob(.abort(transfer: 100 + round, reason: .unknown, have: 0)) {}
        }
        var received: [UInt8] = []
        try await say(get(10, from: 1))
        receiving: while true {
            switch try await blobs.hear() {
            case .blob(.chunk(10, let offset, let bytes)):
                #expect(offset == Int64(received.count) + 1)
                received += bytes.array
            case .blob(.getEnd(10, _)): break receiving
            case .blob(let other): if case .abort(10, _, _) = other { throw FarmLine.Unexpected("\(other)") }
            case let other: throw FarmLine.Unexpected("\(other)")
            }
        }
        #expect(received == Array(content[1...]))
        try await farm.end(control, blobs)
    }

    @Test("A transfer number that is used for another blob ends the first upload and leaves no file open")
    func reusedNumber() async throws {
        let farm = try await FarmLine()
        let (peer, session) = try await client(farm, "ada")
        let (one, two) = (try digest(of: [1, 2, 3]), try digest(of: [4, 5, 6]))
        func put(_ digest: FarmModel.Digest) -> FrameBody { .blob(.put(transfer: 1, digest: digest, size: 3)) }
        guard case .blob(.go) = try await peer.ask(put(one), session: session) else {
            Issue.record("no GO")
            return
        }
        await peer.dealer.send(.blob(.chunk(transfer: 1, offset: 0, bytes: [1])), session: session)
        while openUploads(farm).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        guard case .blob(.abort(1, .unknown, 0...1)) = try await peer.ask(put(two), session: session) else {
            Issue.record("no ABORT with what is known to be written")
            return
        }
        while !openUploads(farm).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        try await farm.end(peer)
    }

    @Test("What one peer has written of a blob is no other's to go on with, and not his to answer for")
    func poisoned() async throws {
        let farm = try await FarmLine()
        let (mallory, session) = try await client(farm, "mallory")
        let content: [UInt8] = [1, 2, 3]
        let put = FrameBody.blob(.put(transfer: 99, digest: try digest(of: content), size: 3))
        guard case .blob(.go) = try await mallory.ask(put, session: session) else {
            Issue.record("no GO")
            return
        }
        await mallory.dealer.send(.blob(.chunk(transfer: 99, offset: 0, bytes: [9])), session: session)
        while openUploads(farm).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let (ada, same) = try await client(farm, "ada")
        try await store(content, ada, same)
        // It is stored, so the rest of the other upload says nothing any more.
        let again = try await mallory.ask(put, session: session)
        #expect(again == .blob(.have(transfer: 99)))
        try await farm.end(mallory, ada)
    }

    @Test("Who asks for blobs that are not here is told so once for each")
    func missing() async throws {
        let farm = try await FarmLine()
        let (control, blobs, session) = try await worker(farm)
        for transfer in 1...100 as ClosedRange<UInt64> {
            let nothing = try digest(of: [UInt8(transfer / 2)])
            let get = FrameBody.blob(.get(transfer: transfer, digest: nothing, offset: 0, credit: 1))
            let answer = try await blobs.ask(get, session: session)
            #expect(answer == .blob(.abort(transfer: transfer, reason: .unknown, have: 0)))
        }
        try await farm.end(control, blobs)
    }

    @Test("What has come of an upload when its sender gives up is kept, though it waited for more to be written with")
    func givenUp() async throws {
        let farm = try await FarmLine()
        let (peer, session) = try await client(farm, "ada")
        let content = [UInt8](repeating: 7, count: 3 << 20)
        let digest = try digest(of: content)
        func put(_ transfer: UInt64) async throws -> Int64 {
            let put = FrameBody.blob(.put(transfer: transfer, digest: digest, size: Int64(content.count)))
            guard case .blob(.go(transfer, let offset, let credit)) = try await peer.ask(put, session: session),
                credit == content.count
            else { throw FarmLine.Unexpected("no GO") }
            return offset
        }
        func giveUp(_ transfer: UInt64) async {
            await peer.dealer.send(.blob(.abort(transfer: transfer, reason: .storage, have: 0)), session: session)
        }
        #expect(try await put(1) == 0)
        let part = Array(content.prefix(FarmModel.Limits.chunkBytes))
        await peer.dealer.send(.blob(.chunk(transfer: 1, offset: 0, bytes: Octets(part))), session: session)
        await giveUp(1)
        // The disk takes its time.
        var transfer: UInt64 = 2
        while try await put(transfer) != part.count {
            await giveUp(transfer)
            transfer += 1
            try await Task.sleep(for: .milliseconds(5))
        }
        try await farm.end(peer)
    }
}
