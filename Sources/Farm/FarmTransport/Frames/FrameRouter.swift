import FarmKeys
public import FarmModel
public import FarmProtocol
public import Logging

/// The binding end of a port: receives frames of many peers and answers each by its route.
///
/// All its code runs on the thread of its loop. Frames go into a mailbox in the order of arrival; while the mailbox
/// is full the router does not read. Close it before the loop is stopped.
public actor FrameRouter {
    private let loop: SocketLoop
    private let context: ZMQContext
    private let options: SocketOptions
    private let intake: Intake
    private var socket = Socket()
    private var reader: FrameReader
    private var watch: SocketLoop.Watch?
    private let portGuard: (any PortGuard)?
    private var monitor: SocketMonitor?
    private var monitorWatch: SocketLoop.Watch?
    private var strangers = StrangerLog()
    private let clock = MonotonicClock()
    private let logger: Logger

    /// Pins the actor to its loop.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Makes a router that is not bound yet.
    ///
    /// - Parameters:
    ///   - loop: The thread it lives on.
    ///   - context: The context of its socket.
    ///   - lane: What peers may say: `.fromWorker`, `.fromClient` or `.blobs`.
    ///   - options: The socket's options; nil means those of the lane.
    ///   - portGuard: Who may say what; nil lets everything through.
    ///   - mailbox: Where frames go.
    ///   - logger: For refused frames, once per peer.
    ///   - wrap: Makes an element of the mailbox, so that several ports and timers can share it.
    public init<Element>(
        on loop: SocketLoop, in context: ZMQContext, lane: Lane, options: SocketOptions? = nil,
        guarded portGuard: (any PortGuard)? = nil, into mailbox: Mailbox<Element>, logger: Logger,
        as wrap: @escaping @Sendable (Inbound) -> Element
    ) {
        self.loop = loop
        self.context = context
        self.options = options ?? .standard(for: lane)
        self.portGuard = portGuard
        self.logger = logger
        intake = Intake(mailbox, wrap)
        reader = FrameReader(lane: lane, logger: logger)
    }

    // Not an isolated deinit, which would close the socket on its thread: the 6.3 compiler cannot optimise the modules
    // that use one ("circular reference").
    deinit {
        let isClosed = watch == nil
        precondition(isClosed, "a router was let go with its socket open; close it first")
    }

    /// What was counted so far.
    public var counters: TransportCounters { reader.counters }

    /// Binds and starts to receive.
    ///
    /// - Parameter endpoint: Such as `tcp://*:7700`; port `*` or `0` takes a free one.
    /// - Returns: The endpoint with the real port.
    /// - Throws: `ZMQError`, for instance when the port is taken.
    public func bind(to endpoint: String) throws -> String {
        if socket.handle == nil {
            socket = try Socket(.router, in: context, options: options)
            try startMonitor()
        }
        let wildcard = endpoint.hasSuffix(":0") ? endpoint.dropLast() + "*" : endpoint[...]
        let bound = try socket.bind(String(wildcard))
        if watch == nil, let handle = socket.handle {
            watch = loop.watch(handle, for: .readable) { [weak self] in self?.assumeIsolated { $0.drain() } }
        }
        return bound
    }

    /// Sends one frame to a peer, without waiting.
    @discardableResult
    public func send(_ body: FrameBody, to route: Route, session: SessionID) -> SendOutcome {
        guard socket.handle != nil else { return .closed }
        let sequence = reader.peers[route].sequences.next(in: session)
        let part: MessagePart
        do {
            part = try MessagePart(Frame(session: session, sequence: sequence, body: body))
        } catch {
            logger.error("did not send a \(body.command): \(error)")
            return .refused(error)
        }
        portGuard?.sending(body, to: route)
        do {
            var outcome = try socket.send(route.bytes, more: true)
            if outcome == .sent { outcome = try socket.send(part) }
            return note(outcome, route)
        } catch {
            close(after: error)
            return .closed
        }
    }

    /// Sends frames in their order, soon and without being waited for.
    ///
    /// `isUnreachable` is called on the router's thread for each frame whose peer is gone, and `insteadOf` for each that
    /// breaks a limit: it gives the frame that is sent instead, if any.
    public nonisolated func post(
        _ frames: [Outbound], isUnreachable: @escaping @Sendable (Route) -> Void,
        insteadOf: @escaping @Sendable (Outbound, FrameError) -> Outbound? = { _, _ in nil }
    ) {
        loop.perform { [weak self] in
            self?.assumeIsolated { router in
                for frame in frames {
                    let outcome = router.send(frame.body, to: frame.route, session: frame.session)
                    if outcome == .unreachable { isUnreachable(frame.route) }
                    guard case .refused(let error) = outcome, let other = insteadOf(frame, error) else { continue }
                    router.send(other.body, to: other.route, session: other.session)
                }
            }
        }
    }

    /// Drops the memory of a peer whose dialogue is over.
    public func forget(_ route: Route) { reader.peers.forget(route) }

    /// Closes the socket; peers find their connection gone.
    ///
    /// - Parameter lingerMilliseconds: How long last words may take to leave; nil leaves the option as it is.
    public func close(lingerMilliseconds: Int32? = nil) { shut(lingerMilliseconds: lingerMilliseconds) }

    private func note(_ outcome: Socket.Sent, _ route: Route) -> SendOutcome {
        switch outcome {
        case .sent:
            reader.counters.sent += 1
            return .sent
        case .busy:
            reader.counters.busy += 1
            return .busy
        case .unreachable:
            reader.counters.unreachable += 1
            reader.peers.forget(route)
            return .unreachable
        }
    }

    private func drain() {
        do {
            for _ in 0..<TransportLimits.messagesPerTurn {
                guard intake.hasRoom() else { return pause() }
                guard let message = try socket.receiveParts() else { return }
                handle(message)
            }
        } catch {
            close(after: error)
        }
    }

    private func handle(_ message: Socket.Received) {
        guard message.count >= 2 else { return }
        let route = Route(message.parts[0].bytes)
        let reading = reader.read(message.parts[1], parts: message.count - 1, from: route)
        if let answer = reading.answer { send(answer.body, to: route, session: answer.session) }
        guard let inbound = reading.inbound else { return }
        guard let portGuard else { return intake.deliver(inbound) }
        let key = self.key(message.sender, at: route)
        switch inbound {
        case .broken: if portGuard.admits(key) { intake.deliver(inbound) }
        case .frame(let frame, _):
            switch portGuard.judge(frame, of: key, at: route) {
            case .pass: intake.deliver(inbound)
            case .rewrite(let body):
                let frame = Frame(session: frame.session, sequence: frame.sequence, body: body)
                intake.deliver(.frame(frame, from: route))
            case .drop: break
            case .answer(let body): send(body, to: route, session: frame.session)
            }
        }
    }

    /// The key that the handshake proved; read once for each connection, since its text is always the same.
    private func key(_ sender: String?, at route: Route) -> PublicKey? {
        guard let sender else { return nil }
        if let known = reader.peers[route].key, known.text == sender { return known }
        let key = PublicKey(sender)
        reader.peers[route].key = key
        return key
    }

    /// Failed handshakes are logged with their reason, once per address.
    private func startMonitor() throws {
        guard options.security != .none, let handle = socket.handle else { return }
        let started = try SocketMonitor(of: handle, in: context)
        guard let poll = started.pollHandle else { return }
        monitor = consume started
        monitorWatch = loop.watch(poll, for: .readable) { [weak self] in self?.assumeIsolated { $0.listen() } }
    }

    private func listen() {
        for _ in 0..<TransportLimits.messagesPerTurn {
            guard let report = monitor?.next() else { return }
            guard let line = strangers.hear(report, at: clock.now) else { continue }
            var metadata: Logger.Metadata = [
                "reason": "\(line.reason)", "address": "\(line.address ?? "an address that is gone")",
            ]
            if line.others > 0 { metadata["others"] = "\(line.others)" }
            logger.warning("refused a peer", metadata: metadata)
        }
    }

    private func pause() {
        if let watch { loop.setInterest([], of: watch) }
        intake.whenRoom { [weak self] in Task { await self?.resume() } }
    }

    private func resume() {
        if let watch { loop.setInterest(.readable, of: watch) }
    }

    private func close(after error: ZMQError) {
        if !error.isTerminated { logger.error("closed a port: \(error)") }
        shut(lingerMilliseconds: nil)
    }

    private func shut(lingerMilliseconds: Int32?) {
        if let watch { loop.unwatch(watch) }
        if let monitorWatch { loop.unwatch(monitorWatch) }
        (watch, monitorWatch) = (nil, nil)
        monitor?.close()
        monitor = nil
        do {
            try socket.close(lingerMilliseconds: lingerMilliseconds)
        } catch {
            logger.error("closing a port: \(error)")
        }
    }
}
