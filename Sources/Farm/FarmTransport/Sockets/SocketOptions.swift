public import FarmKeys

/// What a socket is told before it binds or connects: every option that matters, none left to a default of libzmq.
public struct SocketOptions: Hashable, Sendable {
    /// How a connection is protected.
    public enum Security: Hashable, Sendable {
        /// Not at all: only for tests and measurements, no service uses it.
        case none
        /// The binding side of CURVE, with the keys that the handler of authentication asks about.
        case server(CurveKeyPair, Domain)
        /// The connecting side of CURVE.
        case client(CurveKeyPair, server: PublicKey)
    }

    /// How long closing waits for unsent messages; libzmq's own default waits forever and hangs the context.
    public var lingerMilliseconds: Int32 = 0
    /// Dealer: queue nothing for a connection that is not up, or stale frames would reach a restarted coordinator.
    public var sendsOnlyWhenConnected = true
    /// Router: report a peer that is gone instead of dropping silently.
    public var reportsUnroutable = true
    /// Messages queued per peer on the way out.
    ///
    /// It counts messages and not octets: only a fuse, credit is the rule.
    public var sendHighWater: Int32
    /// Messages queued per peer on the way in.
    public var receiveHighWater: Int32
    /// Octets of one message; checked before memory is taken, and a peer that sends more is disconnected.
    public var maximumMessageBytes: Int64
    /// Interval of the pings of the transport, which find connections that are half dead.
    public var heartbeatMilliseconds: Int32
    /// Silence after which a connection is dropped; must cover the longest frame on the slowest line.
    public var heartbeatTimeoutMilliseconds: Int32
    /// The time a peer is told to wait for our pings; multiples of 100.
    public var heartbeatLifetimeMilliseconds: Int32
    /// How long a handshake may take; the default of 30 s would hold half-made connections.
    public var handshakeMilliseconds: Int32 = 10_000
    /// Dealer: first pause before reconnecting.
    public var reconnectMilliseconds: Int32 = 250
    /// Dealer: longest pause; pauses double up to it, so that a thousand workers do not storm a dead coordinator.
    public var reconnectMaximumMilliseconds: Int32 = 10_000
    /// Dealer: how long one attempt to connect may take.
    public var connectTimeoutMilliseconds: Int32 = 10_000
    /// Seconds of silence before TCP probes, which keep the state of firewalls alive.
    public var keepAliveIdleSeconds: Int32 = 60
    /// Seconds between probes.
    public var keepAliveIntervalSeconds: Int32 = 15
    /// Probes without an answer that end a connection.
    public var keepAliveProbes: Int32 = 4
    /// How long sent octets may stay unacknowledged.
    public var retransmitMilliseconds: Int32 = 60_000
    /// Router: connections waiting to be accepted; the default of 100 is short for a herd after a restart.
    public var backlog: Int32 = 1024
    /// The I/O thread of the context that serves it, counted from 0; nil leaves the choice to libzmq.
    ///
    /// Encryption happens there: a socket whose answers matter has a thread that blobs do not use.
    public var ioThread: Int?
    /// Whether IPv6 is spoken beside IPv4.
    public var speaksIPv6 = true
    /// How connections are protected.
    public var security = Security.none

    /// Makes options with the defaults above.
    public init(
        highWater: Int32, maximumMessageBytes: Int64, heartbeatMilliseconds: Int32, heartbeatTimeoutMilliseconds: Int32
    ) {
        sendHighWater = highWater
        receiveHighWater = highWater
        self.maximumMessageBytes = maximumMessageBytes
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.heartbeatTimeoutMilliseconds = heartbeatTimeoutMilliseconds
        heartbeatLifetimeMilliseconds = heartbeatTimeoutMilliseconds
    }
}

extension SocketOptions {
    /// The same with a protection.
    public func secured(by security: Security) -> SocketOptions {
        var options = self
        options.security = security
        return options
    }
}
