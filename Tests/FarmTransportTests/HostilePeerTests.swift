import FarmModel
import FarmProtocol
import FarmTransport
import Testing

@Suite struct HostilePeerTests {
    @Test("F11: A message over the limit ends the connection and not the router", .timeLimit(.minutes(5)))
    func oversize() async throws {
        let line = try await Line(.fromWorker)
        let stranger = try line.stranger()
        try await stranger.send(patiently: [UInt8](repeating: 0xAA, count: Lane.fromWorker.frameLimit + 1))
        let (dealer, _) = try await line.dealer(.toWorker)
        await dealer.send(Sample.ready, session: Sample.session)
        #expect(try await line.atRouter.frame().frame.body == Sample.ready)
        // The offender was disconnected; it may come back and behave.
        let fits = try Sample.bytes(.worker(.bye(reason: "sorry")))
        while !line.atRouterHasWord {
            try await stranger.send(patiently: fits)
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try await line.atRouter.frame().frame.body == .worker(.bye(reason: "sorry")))
        #expect(await line.router.counters.malformed == 0, "the large message must not have got to the decoder")
        close(stranger)
        await line.end(dealer)
    }

    @Test("F5: A message of several frames ends the dialogue", .timeLimit(.minutes(5)))
    func multipart() async throws {
        let line = try await Line(.fromWorker)
        let stranger = try line.stranger()
        let ready = try Sample.bytes(Sample.ready)
        try await stranger.send(patiently: ready, ready)
        #expect(try await line.atRouter.broken().error == .multipart(2))
        try await stranger.send(patiently: ready, [], [], [], ready)
        #expect(try await line.atRouter.broken().error == .multipart(5))
        try await stranger.send(patiently: Array(repeating: [0], count: 10_000))
        #expect(try await line.atRouter.broken().error == .multipart(10_000))
        #expect(await line.router.counters.multipart == 3)
        #expect(await line.router.counters.received == 0)
        close(stranger)
        await line.end()
    }

    @Test("F4, F6: A malformed frame is answered once, reported always, and harms nobody else", .timeLimit(.minutes(5)))
    func malformed() async throws {
        let line = try await Line(.fromWorker)
        let stranger = try line.stranger()
        let (dealer, _) = try await line.dealer(.toWorker)
        var bad = try Sample.bytes(Sample.ready, sequence: 77)
        bad[5] = 0x80
        for _ in 0..<3 { try await stranger.send(patiently: bad) }
        for _ in 0..<3 {
            let error = try await line.atRouter.broken().error
            #expect(error == .malformed(.ready, "flags 0x80 have unknown bits"))
        }
        let answer = try Frame.decode(try await stranger.receivePatiently(), on: .toWorker)
        guard case .error(let complaint) = answer.body else {
            Issue.record("answered with \(answer.body)")
            return
        }
        #expect(complaint.code == .malformed)
        #expect(complaint.about == 77)
        #expect(complaint.isFatal)
        #expect(answer.session == Sample.session)
        await dealer.send(Sample.ready, session: Sample.session)
        _ = try await line.atRouter.frame()
        // The dealer's connection is younger: had there been more answers, they would have come by now.
        #expect(try stranger.receive() == nil)
        #expect(await line.router.counters.malformed == 3)
        close(stranger)
        await line.end(dealer)
    }

    @Test(
        "V1, V2: Another version is refused with the range that is spoken, and whoever speaks that too may begin again",
        .timeLimit(.minutes(5)), arguments: [0, 2, 255] as [UInt8])
    func version(major: UInt8) async throws {
        let line = try await Line(.fromWorker)
        let stranger = try line.stranger()
        var bytes = try Sample.bytes(Sample.ready)
        bytes[2] = major
        try await stranger.send(patiently: bytes)
        let refusal = try await stranger.receivePatiently()
        let answer = try Frame.decode(refusal, on: .toWorker)
        #expect(answer.body == .coordinator(.refuse(.version, retryAfterMilliseconds: 0)))
        // Fields 4 and 5: the smallest and the largest major version.
        #expect(refusal.suffix(4) == [4 << 3, FrameHeader.major, 5 << 3, FrameHeader.major])
        #expect(try await line.atRouter.broken().error == .version(major))
        close(stranger)
        let again = try line.stranger()
        try await again.send(patiently: try Sample.bytes(Sample.ready))
        #expect(try await line.atRouter.frame().frame.body == Sample.ready)
        close(again)
        await line.end()
    }

    @Test("V3: A command that nobody knows is complained of, and the dialogue goes on", .timeLimit(.minutes(5)))
    func unknownCommand() async throws {
        let line = try await Line(.fromWorker)
        let stranger = try line.stranger()
        var bytes = try Sample.bytes(Sample.ready, sequence: 5)
        bytes[3] = 0x7F
        try await stranger.send(patiently: bytes)
        let answer = try Frame.decode(try await stranger.receivePatiently(), on: .toWorker)
        guard case .error(let complaint) = answer.body else {
            Issue.record("answered with \(answer.body)")
            return
        }
        #expect(complaint.code == .unknownCommand && complaint.about == 5 && !complaint.isFatal)
        try await stranger.send(patiently: try Sample.bytes(Sample.ready, sequence: 6))
        #expect(try await line.atRouter.frame().frame.sequence == 6)
        close(stranger)
        await line.end()
    }

    @Test("F1, F3, V3: Strays get no answer, and an ignorable command is skipped in silence", .timeLimit(.minutes(5)))
    func silence() async throws {
        let line = try await Line(.fromWorker)
        let stranger = try line.stranger()
        try await stranger.send(patiently: [])
        try await stranger.send(patiently: Array("GET / HTTP/1.1".utf8))
        var skipped = try Sample.bytes(Sample.ready)
        skipped[3] = 0x7F
        skipped[5] = 1
        try await stranger.send(patiently: skipped)
        try await stranger.send(patiently: try Sample.bytes(Sample.ready, sequence: 2))
        let (frame, route) = try await line.atRouter.frame()
        #expect(frame.sequence == 2)
        // The first word that the stranger gets is this one.
        await line.router.send(.coordinator(.drain(.eventual)), to: route, session: Sample.session)
        #expect(
            try Frame.decode(try await stranger.receivePatiently(), on: .toWorker).body
                == .coordinator(.drain(.eventual)))
        close(stranger)
        await line.end()
    }

    @Test("S4, S5: A repeated or older frame is dropped; a gap is not", .timeLimit(.minutes(5)))
    func replay() async throws {
        let line = try await Line(.fromWorker)
        let stranger = try line.stranger()
        for sequence in [1, 1, 5, 3, 5, 6] as [UInt64] {
            try await stranger.send(patiently: try Sample.bytes(Sample.ready, sequence: sequence))
        }
        var seen: [UInt64] = []
        while seen.count < 3 { seen.append(try await line.atRouter.frame().frame.sequence) }
        #expect(seen == [1, 5, 6])
        let counters = await line.router.counters
        #expect(counters.repeated == 3)
        #expect(counters.missing == 3)
        close(stranger)
        await line.end()
    }

    @Test("The largest sequence numbers of several peers harm nobody", .timeLimit(.minutes(5)))
    func largestNumbers() async throws {
        let line = try await Line(.fromWorker)
        // Each leaves out nearly all numbers that there are: together more than a counter holds.
        for _ in 0..<2 {
            let stranger = try line.stranger()
            for session in 1...2 as ClosedRange<UInt64> {
                let frame = try Sample.bytes(Sample.ready, sequence: .max, session: SessionID(session))
                try await stranger.send(patiently: frame)
                #expect(try await line.atRouter.frame().frame.sequence == .max)
            }
            close(stranger)
        }
        let counters = await line.router.counters
        #expect(counters.received == 4)
        #expect(counters.missing == .max)
        await line.end()
    }

    @Test("A dealer survives a coordinator that breaks the rules", .timeLimit(.minutes(5)))
    func hostileCoordinator() async throws {
        let context = try ZMQContext()
        let loop = try SocketLoop(name: "hostile")
        let server = try Socket(.router, in: context, options: Line.options(.blobs))
        let endpoint = try server.bind("tcp://127.0.0.1:*")
        let mailbox = Mailbox<Inbound>()
        let dealer = FrameDealer(on: loop, in: context, lane: .toWorker, into: mailbox, logger: Line.logger) { $0 }
        try await dealer.connect(to: endpoint)
        await dealer.send(Sample.ready, session: Sample.session)
        let address = try await server.receivePatiently()
        try await server.send(patiently: address, try Sample.bytes(Sample.ready))
        #expect(try await mailbox.broken().error == .unexpected(.ready, .toWorker))
        try await server.send(patiently: address, try Sample.bytes(.coordinator(.drain(.eventual))))
        #expect(try await mailbox.frame().frame.body == .coordinator(.drain(.eventual)))
        await dealer.disconnect()
        await loop.stop()
        close(server)
        context.terminate()
    }
}

/// Ends a bare socket here and now: a context waits for its last one.
private func close(_ socket: consuming Socket) {}

extension Line {
    /// Whether something waits at the router.
    var atRouterHasWord: Bool { !atRouter.isEmpty }
}
