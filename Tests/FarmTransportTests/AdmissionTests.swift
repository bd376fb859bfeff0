import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Glibc
import Synchronization
import Testing

/// Who gets in: the ids are those of the conformance suite.
@Suite(.timeLimit(.minutes(5))) struct AdmissionTests {
    @Test("A known key gets in, and every message carries it")
    func known() async throws {
        let seen = SeenKeys()
        let line = try await SecuredLine(guarded: seen)
        let keys = try line.admitted()
        let (dealer, atDealer, _) = try await line.dealer(line.client(keys))
        for _ in 0..<3 { await dealer.send(Sample.ready, session: Sample.session) }
        for _ in 0..<3 { _ = try await line.atRouter.frame() }
        await dealer.send(.worker(.bye(reason: "answer me")), session: Sample.session)
        #expect(try await atDealer.frame().frame.body == .coordinator(.drain(.eventual)))
        #expect(seen.keys == [keys.publicKey, keys.publicKey, keys.publicKey, keys.publicKey])
        await line.end(dealer)
    }

    @Test("A whole chunk of 256 KiB passes a protected line, though encryption makes it longer")
    func wholeChunk() async throws {
        let line = try await SecuredLine(.blobs, lane: .blobs)
        let (dealer, _, _) = try await line.dealer(line.client(try line.admitted()), lane: .blobs)
        let bytes = (0..<Limits.chunkBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let chunk = FrameBody.blob(.chunk(transfer: 1, offset: 0, bytes: Octets(bytes)))
        await dealer.send(chunk, session: Sample.session)
        #expect(try await line.atRouter.frame().frame.body == chunk)
        await line.end(dealer)
    }

    @Test("A1: peers without CURVE are refused, logged with their address, and have no effect")
    func noMechanism() async throws {
        let line = try await SecuredLine()
        let (dealer, _, _) = try await line.dealer(.none)
        await dealer.send(Sample.ready, session: Sample.session)
        _ = try await line.log.line(with: "does not speak CURVE")
        try await line.provesAlive()
        #expect(line.atRouter.isEmpty)
        // Logged once, however often it knocks.
        #expect(line.log.all.filter { $0.contains("does not speak CURVE") }.count == 1)
        await line.end(dealer)
    }

    @Test("A1: a peer with PLAIN is refused")
    func plain() async throws {
        let line = try await SecuredLine()
        let raw = try RawConnection(to: line.endpoint)
        // ZMTP 3.0 greeting: signature, version, mechanism in 20 octets, as-server, filler.
        var greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0] + Array("PLAIN".utf8)
        greeting += [UInt8](repeating: 0, count: 64 - greeting.count)
        raw.send(greeting)
        #expect(await raw.isClosed())
        // Not with its address: a connection that is closed at once may be gone before it can be asked.
        _ = try await line.log.line(with: "does not speak CURVE")
        try await line.provesAlive()
        await line.end()
    }

    @Test("A2: an unknown key is refused and told so, and the port logs it once with its reason")
    func unknownKey() async throws {
        let line = try await SecuredLine()
        let stranger = try CurveKeyPair.make()
        for _ in 0..<3 {
            let (dealer, _, troubles) = try await line.dealer(line.client(stranger))
            await dealer.send(Sample.ready, session: Sample.session)
            #expect(try await troubles.first() == .notAdmitted)
            await dealer.disconnect()
        }
        let lines = line.log.all.filter { $0.contains(stranger.publicKey.text) }
        #expect(lines.count == 1 && lines[0].contains("not known") && lines[0].contains("127.0.0.1"))
        try await line.provesAlive()
        #expect(line.atRouter.isEmpty)
        await line.end()
    }

    @Test("A3: a wrong server key is reported by the side that has it")
    func wrongServerKey() async throws {
        let line = try await SecuredLine()
        let other = try CurveKeyPair.make().publicKey
        let (dealer, _, troubles) = try await line.dealer(.client(try line.admitted(), server: other))
        #expect(try await troubles.first() == .wrongServer)
        _ = try await line.log.line(with: "another key of this coordinator")
        try await line.provesAlive()
        await line.end(dealer)
    }

    @Test("A3: a port that does not answer is told from one that refuses")
    func noAnswer() async throws {
        let line = try await SecuredLine()
        let keys = try line.admitted()
        await line.router.close()
        let (dealer, _, troubles) = try await line.dealer(line.client(keys))
        #expect(try await troubles.first() == .noAnswer)
        await line.end(dealer)
    }

    @Test("A4, A5: without a handler nobody gets in, and the test at the start says so")
    func noHandler() async throws {
        let line = try await SecuredLine()
        try line.handler.requireRefusal(at: line.endpoint, server: line.server.publicKey, port: .control)
        // The test leaves no word in the log.
        #expect(line.log.all.isEmpty)

        let bare = try ZMQContext()
        let loop = try SocketLoop(name: "bare")
        let mailbox = Mailbox<Inbound>()
        let router = FrameRouter(
            on: loop, in: bare, lane: .fromWorker,
            options: Line.options(.fromWorker).secured(by: .server(line.server, .control)), into: mailbox,
            logger: line.log.logger
        ) { $0 }
        let endpoint = try await router.bind(to: "tcp://127.0.0.1:0")
        let keys = try line.admitted()
        let dealer = FrameDealer(
            on: loop, in: bare, lane: .toWorker, options: Line.options(.toWorker).secured(by: line.client(keys)),
            into: Mailbox<Inbound>(), logger: Line.logger
        ) { $0 }
        try await dealer.connect(to: endpoint)
        await dealer.send(Sample.ready, session: Sample.session)
        // The port closes the connection after the handshake, again and again.
        _ = try await line.log.line(with: "before it had shown a key")
        #expect(mailbox.isEmpty)
        await dealer.disconnect()
        await router.close()
        await loop.stop()
        bare.terminate()
        await line.end()
    }

    @Test("A8: the service hears of broken frames only from peers that the guard admits")
    func brokenFrames() async throws {
        let seen = SeenKeys()
        let line = try await SecuredLine(guarded: seen)
        let keys = try line.admitted()
        let socket = try Socket(
            .dealer, in: line.context, options: Line.options(.fromWorker).secured(by: line.client(keys)))
        try socket.connect(line.endpoint)
        var bad = try Sample.bytes(Sample.ready)
        bad[5] = 0x80
        try await socket.send(patiently: bad)
        try await socket.send(patiently: try Sample.bytes(Sample.ready))
        #expect(
            try await line.atRouter.frame().frame.body == Sample.ready, "the broken frame before it is not heard of")
        try await socket.send(patiently: bad)
        _ = try await line.atRouter.broken()
        end(socket)
        await line.end()
    }

    @Test("A4: the test at the start does not pass on a port that admits strangers")
    func openPort() async throws {
        let line = try await SecuredLine(.enrol)
        #expect(throws: KeyError.self) {
            try line.handler.requireRefusal(at: line.endpoint, server: line.server.publicKey, port: .enrol)
        }
        await line.end()
    }

    @Test("A8: a key that was revoked cannot come back, and one of another role has no business here")
    func revoked() async throws {
        let line = try await SecuredLine()
        let keys = try line.admitted()
        line.allowed.replace(with: [
            Principal(name: "w1", key: keys.publicKey, role: .worker, since: 0, revoked: 1)
        ])
        let (dealer, _, troubles) = try await line.dealer(line.client(keys))
        #expect(try await troubles.first() == .notAdmitted)
        _ = try await line.log.line(with: "was revoked")
        let (user, _, userTroubles) = try await line.dealer(line.client(try line.admitted("ada", role: .admin)))
        #expect(try await userTroubles.first() == .notAdmitted)
        _ = try await line.log.line(with: "no business here")
        #expect(line.atRouter.isEmpty)
        await line.end(dealer, user)
    }

    @Test("A12: a thousand raw connections held open keep nobody out, and end by themselves")
    func thousandConnections() async throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, 8192)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // Both ends lie in this process.
        let count = limit.rlim_cur >= 4096 ? 1000 : 100
        let line = try await SecuredLine(handshakeMilliseconds: 1_000)
        var held: [RawConnection] = []
        for number in 0..<count {
            let connection = try RawConnection(to: line.endpoint)
            // Some say nothing, some say half a greeting, some speak another protocol.
            if number % 3 == 1 { connection.send([0xFF, 0, 0, 0]) }
            if number % 3 == 2 { connection.send(Array("GET / HTTP/1.1\r\n\r\n".utf8)) }
            held.append(connection)
        }
        try await line.provesAlive()
        // Every one of them, whatever it said: the port closes them all, and nobody has to wait for that.
        var closed = 0
        for connection in held {
            if await connection.isClosed() { closed += 1 }
        }
        #expect(closed == count)
        try await line.provesAlive()
        #expect(line.atRouter.isEmpty)
        // One address, few reasons.
        #expect(line.log.all.count < 5)
        await line.end()
    }
}

/// Ends a bare socket here and now: a context waits for its last one.
private func end(_ socket: consuming Socket) {}

/// Lets everything pass, remembers whose it was, and answers a BYE itself.
private final class SeenKeys: PortGuard {
    private let list = Mutex<[PublicKey]>([])

    var keys: [PublicKey] { list.withLock { $0 } }

    func judge(_ frame: Frame, of key: PublicKey?, at route: Route) -> PortVerdict {
        if let key { list.withLock { $0.append(key) } }
        if case .worker(.bye) = frame.body { return .answer(.coordinator(.drain(.eventual))) }
        return .pass
    }

    func admits(_ key: PublicKey?) -> Bool {
        key.map { key in list.withLock { $0.contains(key) } } ?? false
    }

    func sending(_ body: FrameBody, to route: Route) {}
}
