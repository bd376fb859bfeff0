import FarmModel
import FarmProtocol
import FarmTransport
import Testing

@Suite struct RouterDealerTests {
    @Test("Port 0 takes a free port and reports it without the form of IPv6", .timeLimit(.minutes(5)))
    func freePort() async throws {
        let line = try await Line(.fromWorker)
        #expect(line.endpoint.hasPrefix("tcp://127.0.0.1:"))
        let port = try #require(UInt16(line.endpoint.split(separator: ":").last ?? ""))
        #expect(port > 0)
        await line.end()
    }

    @Test("Two dealers are told apart and each gets its own answer", .timeLimit(.minutes(5)))
    func twoDealers() async throws {
        let line = try await Line(.fromWorker)
        let (one, atOne) = try await line.dealer(.toWorker)
        let (two, atTwo) = try await line.dealer(.toWorker)
        await one.send(.worker(.ready(free: 1)), session: SessionID(1))
        await two.send(.worker(.ready(free: 2)), session: SessionID(2))
        var routes: Set<Route> = []
        for _ in 0..<2 {
            let (frame, route) = try await line.atRouter.frame()
            routes.insert(route)
            let answer = CoordinatorMessage.bye(reason: "session \(frame.session.number)")
            #expect(await line.router.send(.coordinator(answer), to: route, session: frame.session) == .sent)
        }
        #expect(routes.count == 2)
        #expect(try await atOne.frame().frame.body == .coordinator(.bye(reason: "session 1")))
        #expect(try await atTwo.frame().frame.body == .coordinator(.bye(reason: "session 2")))
        await line.end(one, two)
    }

    @Test("Frames that are posted arrive in order, and those for nobody are named", .timeLimit(.minutes(5)))
    func posted() async throws {
        let line = try await Line(.fromWorker)
        let (dealer, atDealer) = try await line.dealer(.toWorker)
        await dealer.send(Sample.ready, session: Sample.session)
        let route = try await line.atRouter.frame().route
        let nobody = Route([0, 1, 2, 3, 4])
        let gone = Mailbox<Route>()
        func bye(_ number: Int, to route: Route) -> Outbound {
            Outbound(.coordinator(.bye(reason: "\(number)")), to: route, session: Sample.session)
        }
        for start in [0, 100, 200] {
            line.router.post((start..<start + 50).map { bye($0, to: route) } + [bye(0, to: nobody)]) { gone.offer($0) }
        }
        for number in [0, 100, 200].flatMap({ $0..<$0 + 50 }) {
            #expect(try await atDealer.frame().frame.body == .coordinator(.bye(reason: "\(number)")))
        }
        #expect(await gone.next(upTo: 3) == [nobody, nobody, nobody])
        await line.end(dealer)
    }

    @Test("Frames that are sent before the connection is up follow in order", .timeLimit(.minutes(5)))
    func beforeConnection() async throws {
        let line = try await Line(.fromWorker)
        let (dealer, _) = try await line.dealer(.toWorker)
        await line.router.close()
        await dealer.disconnect()
        try await dealer.connect(to: line.endpoint)
        var outcomes: [SendOutcome] = []
        for free in 0..<UInt32(TransportLimits.pendingFrames + 1) {
            outcomes.append(await dealer.send(.worker(.ready(free: free)), session: Sample.session))
        }
        #expect(outcomes.dropLast().allSatisfy { $0 == .queued })
        #expect(outcomes.last == .busy)

        let second = try await Line(.fromWorker, endpoint: line.endpoint)
        for free in 0..<UInt32(TransportLimits.pendingFrames) {
            #expect(try await second.atRouter.frame().frame.body == .worker(.ready(free: free)))
        }
        await line.end(dealer)
        await second.end()
    }

    @Test("A dealer finds a router again that restarts on its port", .timeLimit(.minutes(5)))
    func restart() async throws {
        let line = try await Line(.fromWorker)
        let (dealer, _) = try await line.dealer(.toWorker)
        await dealer.send(Sample.ready, session: Sample.session)
        _ = try await line.atRouter.frame()
        await line.router.close()

        let second = try await Line(.fromWorker, endpoint: line.endpoint)
        // What is sent before the loss is noticed may vanish; that is why everything important is repeated.
        let sending = Task {
            while !Task.isCancelled {
                await dealer.send(Sample.ready, session: Sample.session)
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        let (frame, route) = try await second.atRouter.frame()
        sending.cancel()
        #expect(frame.sequence > 1, "the numbers of a session go on over a reconnection")
        #expect(await second.router.send(.coordinator(.drain(.eventual)), to: route, session: Sample.session) == .sent)
        await line.end(dealer)
        await second.end()
    }

    @Test("A peer that is unknown or gone is reported as unreachable", .timeLimit(.minutes(5)))
    func unreachable() async throws {
        let line = try await Line(.fromWorker)
        let drain = FrameBody.coordinator(.drain(.eventual))
        #expect(await line.router.send(drain, to: Route([0, 1, 2, 3, 4]), session: Sample.session) == .unreachable)
        let (dealer, _) = try await line.dealer(.toWorker)
        await dealer.send(Sample.ready, session: Sample.session)
        let route = try await line.atRouter.frame().route
        #expect(await line.router.send(drain, to: route, session: Sample.session) == .sent)
        await dealer.disconnect()
        while await line.router.send(drain, to: route, session: Sample.session) != .unreachable {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(await line.router.counters.unreachable >= 2)
        await line.end(dealer)
    }

    @Test("A frame that breaks a limit is refused here and not sent", .timeLimit(.minutes(5)))
    func refusedToSend() async throws {
        let line = try await Line(.fromWorker)
        let (dealer, _) = try await line.dealer(.toWorker)
        guard case .refused = await dealer.send(.worker(.ready(free: 65)), session: Sample.session) else {
            Issue.record("65 free slots were sent")
            return
        }
        await dealer.send(Sample.ready, session: Sample.session)
        #expect(try await line.atRouter.frame().frame.body == Sample.ready)
        await line.end(dealer)
        #expect(await dealer.send(Sample.ready, session: Sample.session) == .closed)
    }

    @Test("Nothing is lost when the reader is slower than the peers", .timeLimit(.minutes(5)))
    func pressure() async throws {
        let line = try await Line(.fromWorker, mailbox: 4)
        let (dealer, _) = try await line.dealer(.toWorker)
        let count = 400
        var sent = 0
        var received: [UInt64] = []
        while received.count < count {
            while sent < count, await dealer.send(Sample.ready, session: Sample.session) != .busy { sent += 1 }
            let batch = await line.atRouter.next(upTo: 3)
            #expect((1...3).contains(batch.count))
            for case .frame(let frame, _) in batch { received.append(frame.sequence) }
        }
        // Frames that a full queue refused have used up a number; the order is what counts.
        #expect(received == received.sorted())
        #expect(Set(received).count == count)
        await line.end(dealer)
    }

    @Test("One mailbox gathers several ports and a timer", .timeLimit(.minutes(5)))
    func sharedMailbox() async throws {
        enum Event: Equatable, Sendable {
            case worker(FrameBody)
            case client(FrameBody)
            case tick
        }
        @Sendable func body(_ inbound: Inbound) -> FrameBody {
            if case .frame(let frame, _) = inbound { return frame.body }
            return .client(.open)
        }
        let line = try await Line(.fromWorker)
        let events = Mailbox<Event>()
        let workers = FrameRouter(
            on: line.loop, in: line.context, lane: .fromWorker, into: events, logger: Line.logger
        ) { .worker(body($0)) }
        let clients = FrameRouter(
            on: line.loop, in: line.context, lane: .fromClient, into: events, logger: Line.logger
        ) { .client(body($0)) }
        let (worker, _) = try await line.dealer(.toWorker)
        let (client, _) = try await line.dealer(.toClient)
        try await worker.connect(to: try await workers.bind(to: "tcp://127.0.0.1:*"))
        try await client.connect(to: try await clients.bind(to: "tcp://127.0.0.1:*"))
        await worker.send(Sample.ready, session: Sample.session)
        await client.send(.client(.query(.jobs)), session: Sample.session)
        #expect(events.offer(.tick))
        var seen: [Event] = []
        while seen.count < 3 { seen += await events.next(upTo: 10) }
        #expect(
            seen.contains(.tick) && seen.contains(.worker(Sample.ready))
                && seen.contains(.client(.client(.query(.jobs))))
        )
        await workers.close()
        await clients.close()
        await line.end(worker, client)
    }
}
