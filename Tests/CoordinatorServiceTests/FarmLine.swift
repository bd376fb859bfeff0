import FarmKeys
import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Foundation
import Logging
import Testing

@testable import CoordinatorService

/// A coordinator with keys of one run, and peers that say what they like.
struct FarmLine {
    let service: CoordinatorService
    let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-farm-\(UUID().uuidString)")
    let loop: SocketLoop
    let context: ZMQContext
    private let serving: Task<Void, any Error>

    /// `prepare` fills the store before the coordinator opens it.
    init(
        _ identity: CoordinatorService.Identity = .kept, storage: CoordinatorService.Storage? = nil,
        prepare: ((FarmStore) throws -> Void)? = nil
    ) async throws {
        if let prepare {
            let store = try FarmStore(
                folder: folder.appending(path: "state").path, blobs: .init(freeReserveBytes: 0))
            try prepare(store)
            try store.close()
        }
        var configuration = CoordinatorService.Configuration(
            stateFolder: folder.appending(path: "state").path, outputFolder: folder.appending(path: "out").path)
        configuration.identity = identity
        if let storage { configuration.storage = storage }
        let service = try await CoordinatorService(
            configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.service = service
        serving = Task { try await service.run() }
        loop = try SocketLoop(name: "peers")
        context = try ZMQContext()
    }

    /// The keys of the farm, as the command sees them.
    var keys: KeyFolder { get throws { try KeyFolder(stateFolder: folder.appending(path: "state").path) } }

    /// Admits a fresh key and waits until the coordinator knows it.
    func admit(_ name: String, _ role: Role) async throws -> CurveKeyPair {
        let pair = try CurveKeyPair.make()
        try keys.change { book throws(KeyError) in try book.allow(name, pair.publicKey, role: role, at: 1) }.get()
        while service.identity.allowed.principal(of: pair.publicKey) == nil {
            try await Task.sleep(for: .milliseconds(5))
        }
        return pair
    }

    func peer(_ pair: CurveKeyPair, _ lane: Lane, at endpoint: String) async throws -> Peer {
        let server = try keys.serverKeys().current.publicKey
        let peer = Peer(self, lane, endpoint, pair, server)
        try await peer.connect()
        return peer
    }

    func end(_ peers: Peer...) async throws {
        for peer in peers { await peer.dealer.disconnect() }
        await loop.stop()
        context.terminate()
        await service.stop()
        try await serving.value
        try? FileManager.default.removeItem(at: folder)
    }

    /// One connection to one port.
    struct Peer {
        enum Heard: Sendable {
            case frame(Inbound)
            case trouble(LineTrouble)
        }

        let dealer: FrameDealer
        let mailbox: Mailbox<Heard>
        let endpoint: String
        let pair: CurveKeyPair
        let security: SocketOptions.Security

        init(_ line: FarmLine, _ lane: Lane, _ endpoint: String, _ pair: CurveKeyPair, _ server: PublicKey) {
            let mailbox = Mailbox<Heard>()
            self.mailbox = mailbox
            self.endpoint = endpoint
            self.pair = pair
            security = .client(pair, server: server)
            dealer = FrameDealer(
                on: line.loop, in: line.context, lane: lane, into: mailbox,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                onTrouble: { mailbox.offer(.trouble($0)) }
            ) { .frame($0) }
        }

        func connect() async throws { try await dealer.connect(to: endpoint, security: security) }

        /// Says something and hears the next word.
        func ask(_ body: FrameBody, session: SessionID = .none) async throws -> FrameBody {
            await dealer.send(body, session: session)
            switch await mailbox.next(upTo: 1).first {
            case .frame(.frame(let frame, _)): return frame.body
            case .frame(.broken(let error, _)): throw error
            case .trouble(let trouble): throw Unexpected("\(trouble)")
            case nil: throw Unexpected("nothing")
            }
        }

        /// The next frame.
        func hear() async throws -> FrameBody {
            guard case .frame(.frame(let frame, _)) = await mailbox.next(upTo: 1).first else {
                throw Unexpected("no frame")
            }
            return frame.body
        }

        /// The next trouble with the line.
        func trouble() async throws -> LineTrouble {
            guard case .trouble(let trouble) = await mailbox.next(upTo: 1).first else { throw Unexpected("no trouble") }
            return trouble
        }
    }

    struct Unexpected: Error {
        let what: String
        init(_ what: String) { self.what = what }
    }
}
