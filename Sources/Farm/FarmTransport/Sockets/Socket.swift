import CZeroMQ
import FarmKeys
import Glibc

/// A thin wrapper of one libzmq socket.
///
/// Not copyable and not sendable: it belongs to one actor, which is pinned to a `SocketLoop`, because libzmq's sockets
/// may be used from one thread only. Dropping it closes it.
public struct Socket: ~Copyable {
    /// The two patterns that are used here.
    public enum Kind: Hashable, Sendable {
        /// Binds, and addresses its peers.
        case router
        /// Connects to one router.
        case dealer
    }

    /// What came of sending one part.
    public enum Sent: Hashable, Sendable {
        /// It is in the queue of libzmq.
        case sent
        /// The queue is full, or the connection is not up.
        case busy
        /// No such peer any more.
        case unreachable
    }

    /// A received message.
    public struct Message {
        /// The first parts; a router's begin with the address of the peer.
        public var parts: [[UInt8]]
        /// How many parts there were; those beyond the first three are not kept.
        public var count: Int
        /// Who sent it, as the handler of authentication named the key of the connection.
        public var sender: String?
    }

    /// A received message that still lies in libzmq's memory.
    public struct Received {
        /// The first parts; a router's begin with the address of the peer.
        public var parts: [MessagePart]
        /// How many parts there were; those beyond the first three are not kept.
        public var count: Int
        /// Who sent it, as the handler of authentication named the key of the connection.
        public var sender: String?
    }

    private(set) var handle: UnsafeMutableRawPointer?
    // Keeps the context from ending under the socket.
    private let context: ZMQContext?

    /// Makes a socket and sets all options.
    public init(_ kind: Kind, in context: ZMQContext, options: SocketOptions) throws(ZMQError) {
        guard let handle = zmq_socket(context.handle, kind == .router ? ZMQ_ROUTER : ZMQ_DEALER) else {
            throw ZMQError("make a socket")
        }
        do {
            try Socket.apply(options, kind, to: handle)
        } catch {
            zmq_close(handle)
            throw error
        }
        self.handle = handle
        self.context = context
    }

    /// A socket that is closed from the start; everything fails on it.
    init() {
        handle = nil
        context = nil
    }

    deinit { if let handle { zmq_close(handle) } }

    /// Binds to an endpoint; port `*` takes a free one.
    ///
    /// - Returns: The endpoint that peers can connect to, with the real port.
    public func bind(_ endpoint: String) throws(ZMQError) -> String {
        guard zmq_bind(handle, endpoint) == 0 else { throw ZMQError("bind \(endpoint)") }
        return try lastEndpoint()
    }

    /// Begins to connect to an endpoint; says nothing about whether anybody is there.
    public func connect(_ endpoint: String) throws(ZMQError) {
        guard zmq_connect(handle, endpoint) == 0 else { throw ZMQError("connect to \(endpoint)") }
    }

    /// Readable when something may have happened to the socket, for those who do not use a `SocketLoop`; -1 when closed.
    ///
    /// It says nothing more: after it, and after each `send`, call `receive` until it returns nil, and begin again while
    /// `isReady(toSend:)`.
    public var descriptor: CInt {
        var descriptor: CInt = -1
        var size = MemoryLayout<CInt>.size
        guard let handle, zmq_getsockopt(handle, ZMQ_FD, &descriptor, &size) == 0 else { return -1 }
        return descriptor
    }

    /// Sends one part without waiting.
    public func send(_ part: [UInt8], more: Bool = false) throws(ZMQError) -> Sent {
        while true {
            let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
            if zmq_send(handle, part, part.count, flags) >= 0 { return .sent }
            guard let sent = try Socket.whyNotSent() else { continue }
            return sent
        }
    }

    /// Sends a message of one part without waiting; it is still whole if it was not sent.
    public func send(_ part: MessagePart) throws(ZMQError) -> Sent {
        while true {
            if zmq_msg_send(part.pointer, handle, ZMQ_DONTWAIT) >= 0 { return .sent }
            guard let sent = try Socket.whyNotSent() else { continue }
            return sent
        }
    }

    /// What the last failure to send means; nil if it has to be tried again.
    private static func whyNotSent() throws(ZMQError) -> Sent? {
        switch zmq_errno() {
        case EINTR: nil
        case EAGAIN: .busy
        case EHOSTUNREACH: .unreachable
        default: throw ZMQError("send")
        }
    }

    /// Receives one message without waiting, and copies its parts; nil if there is none.
    public func receive() throws(ZMQError) -> Message? {
        guard let message = try receiveParts() else { return nil }
        return Message(parts: message.parts.map(\.bytes), count: message.count, sender: message.sender)
    }

    /// Receives one message without waiting; nil if there is none.
    public func receiveParts() throws(ZMQError) -> Received? {
        var message = Received(parts: [], count: 0)
        var more = true
        while more {
            let part = MessagePart()
            while zmq_msg_recv(part.pointer, handle, ZMQ_DONTWAIT) < 0 {
                let code = zmq_errno()
                if code == EAGAIN, message.count == 0 { return nil }
                guard code == EINTR else { throw ZMQError("receive") }
            }
            more = zmq_msg_more(part.pointer) != 0
            // Every part carries it, and looking it up is slow.
            if !more { message.sender = zmq_msg_gets(part.pointer, "User-Id").map { String(cString: $0) } }
            message.count += 1
            if message.count <= 3 { message.parts.append(part) }
        }
        return message
    }

    /// Whether a message can be received now or, if that is asked, sent.
    ///
    /// Sending and receiving both take in what the descriptor was readable for; whoever stops after either has to ask.
    public func isReady(toSend: Bool) throws(ZMQError) -> Bool {
        var events: CInt = 0
        var size = MemoryLayout<CInt>.size
        guard zmq_getsockopt(handle, ZMQ_EVENTS, &events, &size) == 0 else { throw ZMQError("ask for events") }
        return events & (ZMQ_POLLIN | (toSend ? ZMQ_POLLOUT : 0)) != 0
    }

    /// Closes the socket; it lingers on unsent messages for as long as the options or the argument say.
    mutating func close(lingerMilliseconds: Int32? = nil) throws(ZMQError) {
        guard let handle else { return }
        defer {
            zmq_close(handle)
            self.handle = nil
        }
        if let lingerMilliseconds { try Option(handle).set(ZMQ_LINGER, lingerMilliseconds) }
    }

    private func lastEndpoint() throws(ZMQError) -> String {
        var text = [CChar](repeating: 0, count: 256)
        var size = text.count
        guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &size) == 0 else { throw ZMQError("read the endpoint") }
        return Socket.plain(
            String(decoding: text.prefix(while: { $0 != 0 }).map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    /// With IPv6 on, libzmq reports an IPv4 address as `[::ffff:127.0.0.1]`; people and other tools want it plain.
    static func plain(_ endpoint: String) -> String {
        let mapped = "tcp://[::ffff:"
        guard endpoint.hasPrefix(mapped), let end = endpoint.firstIndex(of: "]") else { return endpoint }
        let address = endpoint[endpoint.index(endpoint.startIndex, offsetBy: mapped.count)..<end]
        return "tcp://" + address + endpoint[endpoint.index(after: end)...]
    }
}

/// Sets options of a socket that is not in use yet.
private struct Option {
    let handle: UnsafeMutableRawPointer

    init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

    func set<Value: FixedWidthInteger>(_ option: CInt, _ value: Value) throws(ZMQError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Value>.size) == 0 else {
            throw ZMQError("set socket option \(option) to \(value)")
        }
    }

    func set(_ option: CInt, _ flag: Bool) throws(ZMQError) { try set(option, CInt(flag ? 1 : 0)) }

    /// Sets a text; it may be a key, so the error does not hold it.
    func set(_ option: CInt, text: String) throws(ZMQError) {
        guard zmq_setsockopt(handle, option, text, text.utf8.count) == 0 else {
            throw ZMQError("set socket option \(option)")
        }
    }

    /// Sets a key in its form of 40 characters, which counts the zero at the end.
    func set(_ option: CInt, key: String) throws(ZMQError) {
        guard zmq_setsockopt(handle, option, key, key.utf8.count + 1) == 0 else {
            throw ZMQError("set the key of socket option \(option)")
        }
    }
}

extension Socket {
    /// Sets everything; the meaning of each is with `SocketOptions`.
    private static func apply(
        _ options: SocketOptions, _ kind: Kind, to handle: UnsafeMutableRawPointer
    ) throws(ZMQError) {
        let option = Option(handle)
        try option.set(ZMQ_AFFINITY, options.ioThread.map { UInt64(1) << UInt64($0) } ?? 0)
        try option.set(ZMQ_LINGER, options.lingerMilliseconds)
        try option.set(ZMQ_SNDHWM, options.sendHighWater)
        try option.set(ZMQ_RCVHWM, options.receiveHighWater)
        // libzmq measures what comes over the wire, before it is decrypted.
        let encryption = options.security == .none ? 0 : TransportLimits.encryptionBytes
        try option.set(ZMQ_MAXMSGSIZE, options.maximumMessageBytes + encryption)
        try option.set(ZMQ_HEARTBEAT_IVL, options.heartbeatMilliseconds)
        try option.set(ZMQ_HEARTBEAT_TIMEOUT, options.heartbeatTimeoutMilliseconds)
        try option.set(ZMQ_HEARTBEAT_TTL, options.heartbeatLifetimeMilliseconds)
        try option.set(ZMQ_HANDSHAKE_IVL, options.handshakeMilliseconds)
        try option.set(ZMQ_TCP_KEEPALIVE, true)
        try option.set(ZMQ_TCP_KEEPALIVE_IDLE, options.keepAliveIdleSeconds)
        try option.set(ZMQ_TCP_KEEPALIVE_INTVL, options.keepAliveIntervalSeconds)
        try option.set(ZMQ_TCP_KEEPALIVE_CNT, options.keepAliveProbes)
        try option.set(ZMQ_TCP_MAXRT, options.retransmitMilliseconds)
        try option.set(ZMQ_IPV6, options.speaksIPv6)
        switch kind {
        case .router:
            try option.set(ZMQ_ROUTER_MANDATORY, options.reportsUnroutable)
            try option.set(ZMQ_BACKLOG, options.backlog)
        case .dealer:
            try option.set(ZMQ_IMMEDIATE, options.sendsOnlyWhenConnected)
            try option.set(ZMQ_RECONNECT_IVL, options.reconnectMilliseconds)
            try option.set(ZMQ_RECONNECT_IVL_MAX, options.reconnectMaximumMilliseconds)
            try option.set(ZMQ_CONNECT_TIMEOUT, options.connectTimeoutMilliseconds)
        }
        switch options.security {
        case .none: break
        case .server(let keys, let domain):
            // Without a domain that is enforced, libzmq lets any key in when nobody handles authentication.
            try option.set(ZMQ_CURVE_SERVER, true)
            try option.set(ZMQ_CURVE_SECRETKEY, key: keys.secretKey.text)
            try option.set(ZMQ_ZAP_DOMAIN, text: domain.rawValue)
            try option.set(ZMQ_ZAP_ENFORCE_DOMAIN, true)
        case .client(let keys, let server):
            try option.set(ZMQ_CURVE_PUBLICKEY, key: keys.publicKey.text)
            try option.set(ZMQ_CURVE_SECRETKEY, key: keys.secretKey.text)
            try option.set(ZMQ_CURVE_SERVERKEY, key: server.text)
        }
    }
}
