import FarmKeys
import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Foundation
import Logging
import Testing

@testable import WorkerService

/// Fetches that are interrupted in the middle, by a coordinator that is played by the test.
@Suite(.timeLimit(.minutes(5)))
struct BlobExchangeTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A blob port that says what the test lets it say.
    private struct FakePort {
        let loop: SocketLoop
        let context: ZMQContext
        let handler: ZAPHandler
        let server: CurveKeyPair
        let worker: CurveKeyPair
        let router: FrameRouter
        let mailbox = Mailbox<Inbound>()
        let endpoint: String

        /// The keys of a farm outlive its coordinator.
        init(_ keys: (server: CurveKeyPair, worker: CurveKeyPair)) async throws {
            loop = try SocketLoop(name: "port")
            context = try ZMQContext()
            (server, worker) = keys
            let allowed = AllowList([Principal(name: "w", key: worker.publicKey, role: .worker, since: 0)])
            handler = try ZAPHandler(in: context, allowList: allowed, logger: quiet)
            let options = SocketOptions.standard(for: .blobs).secured(by: .server(server, .blobs))
            router = FrameRouter(
                on: loop, in: context, lane: .blobs, options: options, into: mailbox, logger: quiet
            ) { $0 }
            endpoint = try await router.bind(to: "tcp://127.0.0.1:0")
        }

        /// The next question for a blob: its transfer, from where on, by whom, in which session.
        func get() async throws -> (transfer: UInt64, offset: Int64, route: Route, session: SessionID) {
            while true {
                guard case .frame(let frame, let route)? = await mailbox.next(upTo: 1).first else { continue }
                if case .blob(.get(let transfer, _, let offset, _)) = frame.body {
                    return (transfer, offset, route, frame.session)
                }
            }
        }

        func say(_ message: BlobMessage, to route: Route, _ session: SessionID) async {
            await router.send(.blob(message), to: route, session: session)
        }

        func end() async {
            await router.close(lingerMilliseconds: 0)
            await loop.stop()
            context.terminate()
        }
    }

    /// A worker's exchange on a folder, and what it fetches.
    private struct Bench {
        let loop: SocketLoop
        let context: ZMQContext
        let exchange: BlobExchange
        let running: Task<Void, Never>

        init(_ port: FakePort, cache: String) throws {
            loop = try SocketLoop(name: "exchange")
            context = try ZMQContext()
            let access = AccessFile(
                control: "", clients: "", server: port.server.publicKey, name: "w", keys: port.worker)
            let exchange = BlobExchange(
                loop: loop, context: context, identity: WorkerIdentity(access, file: nil, logger: quiet),
                cache: try FileCache(folder: cache, quota: 1 << 30), logger: quiet, tell: { _ in })
            self.exchange = exchange
            running = Task { await exchange.run() }
        }

        func end() async {
            await exchange.shutDown()
            await running.value
            await loop.stop()
            context.terminate()
        }
    }

    private let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-fetch-\(UUID().uuidString)")
    private let content = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    /// Sends a part of the content, with the end of it if that is reached.
    private func send(
        _ port: FakePort, _ range: Range<Int>,
        _ get: (transfer: UInt64, offset: Int64, route: Route, session: SessionID)
    ) async {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let end = min(offset + FarmModel.Limits.chunkBytes, range.upperBound)
            let chunk = BlobMessage.chunk(
                transfer: get.transfer, offset: Int64(offset), bytes: Octets(Array(content[offset..<end])))
            await port.say(chunk, to: get.route, get.session)
            offset = end
        }
        guard range.upperBound == content.count else { return }
        await port.say(.getEnd(transfer: get.transfer, size: Int64(content.count)), to: get.route, get.session)
    }

    /// Waits until so many octets of a fetch are on the disk.
    private func written(_ octets: Int, of digest: Digest) async throws {
        let path = folder.appending(path: "cache/incoming/\(digest).part").path
        while try FileManager.default.fileExists(atPath: path) == false
            || FileManager.default.attributesOfItem(atPath: path)[.size] as? Int != octets
        {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test(
        "A fetch goes on from the octet where it was when the coordinator or the worker died", arguments: [true, false])
    func interrupted(isCoordinatorsDeath: Bool) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let digest = try BlobStore(folder: folder.appending(path: "original").path).insert(content)
        let cache = folder.appending(path: "cache").path
        let part = 2 * FarmModel.Limits.chunkBytes
        let keys = (server: try CurveKeyPair.make(), worker: try CurveKeyPair.make())
        let first = try await FakePort(keys)
        let bench = try Bench(first, cache: cache)
        let fetching = Task { await bench.exchange.fetch(digest) }
        await bench.exchange.open(first.endpoint, session: SessionID(1))
        let get = try await first.get()
        #expect(get.offset == 0 && get.session == SessionID(1))
        await send(first, 0..<part, get)
        try await written(part, of: digest)
        // Nobody says goodbye.
        await first.end()

        let second = try await FakePort(keys)
        // A worker that died left its folder as it was, to another process.
        let later = isCoordinatorsDeath ? bench : try Bench(second, cache: cache)
        let outcome = isCoordinatorsDeath ? fetching : Task { await later.exchange.fetch(digest) }
        await later.exchange.open(second.endpoint, session: SessionID(2))
        let again = try await second.get()
        #expect(again.offset == Int64(part) && again.session == SessionID(2))
        await send(second, part..<content.count, again)
        #expect(await outcome.value == .stored)
        let stored = try BlobStore(folder: cache).read(digest, offset: 0, count: content.count + 1)
        let isSame = stored == content
        #expect(isSame)
        await later.end()
        if !isCoordinatorsDeath { await bench.end() }
        await second.end()
    }
}
