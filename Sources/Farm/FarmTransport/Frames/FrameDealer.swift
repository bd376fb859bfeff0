public import FarmModel
public import FarmProtocol
public import Logging

/// The connecting end: a worker's or a client's line to the coordinator.
///
/// `connect(to:)` takes a new socket each time, so that nothing of an old session is left in a queue. A few frames may
/// be sent before the connection is up; they follow when it is. All code runs on the thread of the loop.
public actor FrameDealer {
    private let loop: SocketLoop
    private let context: ZMQContext
    private var options: SocketOptions
    private let intake: Intake
    private let logger: Logger
    private var socket = Socket()
    private var reader: FrameReader
    private var pending: [MessagePart] = []
    private var watch: SocketLoop.Watch?
    private var monitor: SocketMonitor?
    private var monitorWatch: SocketLoop.Watch?
    private var diagnosis = LineDiagnosis()
    private let onTrouble: @Sendable (LineTrouble) -> Void
    private var isPaused = false

    /// The one peer has no address.
    private static let coordinator = Route([])

    /// Pins the actor to its loop.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Makes a dealer that is not connected yet.
    ///
    /// - Parameters:
    ///   - loop: The thread it lives on.
    ///   - context: The context of its sockets.
    ///   - lane: What the coordinator may say: `.toWorker`, `.toClient` or `.blobs`.
    ///   - options: The socket's options; nil means those of the lane.
    ///   - mailbox: Where frames go.
    ///   - logger: For refused frames.
    ///   - onTrouble: Told why a protected line does not come up, each time that is found out.
    ///   - wrap: Makes an element of the mailbox.
    public init<Element>(
        on loop: SocketLoop, in context: ZMQContext, lane: Lane, options: SocketOptions? = nil,
        into mailbox: Mailbox<Element>, logger: Logger,
        onTrouble: @escaping @Sendable (LineTrouble) -> Void = { _ in },
        as wrap: @escaping @Sendable (Inbound) -> Element
    ) {
        self.loop = loop
        self.context = context
        self.options = options ?? .dealing(on: lane)
        self.logger = logger
        self.onTrouble = onTrouble
        intake = Intake(mailbox, wrap)
        reader = FrameReader(lane: lane, logger: logger)
    }

    // Not an isolated deinit, which would close the socket on its thread: the 6.3 compiler cannot optimise the modules
    // that use one ("circular reference").
    deinit {
        let isClosed = watch == nil
        precondition(isClosed, "a dealer was let go with its socket open; disconnect it first")
    }

    /// What was counted so far.
    public var counters: TransportCounters { reader.counters }

    /// Leaves the old socket, if any, and begins to connect with a new one; sequence numbers start again.
    ///
    /// `security` replaces the protection of the options, for this and later connections.
    public func connect(to endpoint: String, security: SocketOptions.Security? = nil) throws {
        shut(lingerMilliseconds: nil)
        if let security { options.security = security }
        socket = try Socket(.dealer, in: context, options: options)
        guard let handle = socket.handle else { return }
        try startMonitor(handle)
        try socket.connect(endpoint)
        watch = loop.watch(handle, for: .readable) { [weak self] in self?.assumeIsolated { $0.turn() } }
    }

    /// Sends one frame, without waiting.
    @discardableResult
    public func send(_ body: FrameBody, session: SessionID) -> SendOutcome {
        guard socket.handle != nil else { return .closed }
        let sequence = reader.peers[FrameDealer.coordinator].sequences.next(in: session)
        let part: MessagePart
        do {
            part = try MessagePart(Frame(session: session, sequence: sequence, body: body))
        } catch {
            logger.error("did not send a \(body.command): \(error)")
            return .refused(error)
        }
        do {
            // Order counts: nothing overtakes what waits.
            if pending.isEmpty, try socket.send(part) == .sent {
                reader.counters.sent += 1
                return .sent
            }
        } catch {
            close(after: error)
            return .closed
        }
        guard pending.count < TransportLimits.pendingFrames else {
            reader.counters.busy += 1
            return .busy
        }
        pending.append(part)
        showInterest()
        return .queued
    }

    /// Closes the socket; `connect(to:)` may follow.
    ///
    /// - Parameter lingerMilliseconds: How long last words may take to leave; nil leaves the option as it is.
    public func disconnect(lingerMilliseconds: Int32? = nil) { shut(lingerMilliseconds: lingerMilliseconds) }

    /// The socket is readable, or writable while frames wait.
    private func turn() {
        do {
            try flush()
            try drain()
        } catch {
            close(after: error)
        }
        showInterest()
    }

    private func startMonitor(_ handle: UnsafeMutableRawPointer) throws {
        guard options.security != .none else { return }
        diagnosis = LineDiagnosis()
        let started = try SocketMonitor(of: handle, in: context)
        guard let poll = started.pollHandle else { return }
        monitor = consume started
        monitorWatch = loop.watch(poll, for: .readable) { [weak self] in self?.assumeIsolated { $0.listen() } }
    }

    private func listen() {
        for _ in 0..<TransportLimits.messagesPerTurn {
            guard let report = monitor?.next() else { return }
            if let trouble = diagnosis.hear(report.event) { onTrouble(trouble) }
        }
    }

    private func flush() throws(ZMQError) {
        var sent = 0
        defer { pending.removeFirst(sent) }
        for part in pending {
            guard try socket.send(part) == .sent else { return }
            sent += 1
            reader.counters.sent += 1
        }
    }

    private func drain() throws(ZMQError) {
        for _ in 0..<TransportLimits.messagesPerTurn {
            guard intake.hasRoom() else { return pause() }
            guard let message = try socket.receiveParts(), let part = message.parts.first else { return }
            let reading = reader.read(part, parts: message.count, from: FrameDealer.coordinator)
            if let answer = reading.answer { send(answer.body, session: answer.session) }
            if let inbound = reading.inbound { intake.deliver(inbound) }
        }
    }

    private func pause() {
        guard !isPaused else { return }
        isPaused = true
        intake.whenRoom { [weak self] in Task { await self?.resume() } }
    }

    private func resume() {
        isPaused = false
        showInterest()
    }

    private func showInterest() {
        guard let watch else { return }
        var interest: SocketLoop.Interest = isPaused ? [] : .readable
        if !pending.isEmpty { interest.insert(.writable) }
        loop.setInterest(interest, of: watch)
    }

    private func close(after error: ZMQError) {
        if !error.isTerminated { logger.error("closed the connection: \(error)") }
        shut(lingerMilliseconds: nil)
    }

    private func shut(lingerMilliseconds: Int32?) {
        if let watch { loop.unwatch(watch) }
        if let monitorWatch { loop.unwatch(monitorWatch) }
        (watch, monitorWatch) = (nil, nil)
        monitor?.close()
        monitor = nil
        pending = []
        isPaused = false
        reader.peers.forget(FrameDealer.coordinator)
        do {
            try socket.close(lingerMilliseconds: lingerMilliseconds)
        } catch {
            logger.error("closing the connection: \(error)")
        }
    }
}
