import CZeroMQ
public import FarmKeys
import FarmModel
import Glibc

extension ZAPHandler {
    /// Proves that a port refuses a key that nobody knows; a port that lets it in must not be served.
    ///
    /// It guards against the trap of CURVE in libzmq: without a handler, or in an empty domain, every key is admitted.
    /// Blocks the caller for some milliseconds, at most for ten seconds.
    ///
    /// - Throws: `KeyError` if the stranger gets in or nothing can be told.
    public func requireRefusal(at endpoint: String, server: PublicKey, port: Domain) throws {
        let stranger = try CurveKeyPair.make()
        expect(stranger.publicKey)
        var options = SocketOptions.control.secured(by: .client(stranger, server: server))
        options.reconnectMilliseconds = 100
        let socket = try Socket(.dealer, in: context, options: options)
        guard let handle = socket.handle else { return }
        var monitor = try SocketMonitor(of: handle, in: context)
        defer { monitor.close() }
        try socket.connect(Endpoint.loopback(endpoint))
        let clock = MonotonicClock()
        let deadline = clock.now.advanced(byMilliseconds: Int64(TransportLimits.selfTestMilliseconds))
        while clock.now < deadline {
            var items = [zmq_pollitem_t(socket: monitor.pollHandle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)]
            zmq_poll(&items, 1, 100)
            while let report = monitor.next() {
                switch report.event {
                case .refused(status: 400): return
                case .up:
                    throw KeyError(
                        "the port lets strangers in", at: "\(port.rawValue) \(endpoint)",
                        hint: "this libzmq does not enforce authentication; install 4.3.4 or later")
                case .down, .retrying, .refused, .handshakeFailed, .closedInHandshake: continue
                }
            }
        }
        throw KeyError(
            "the port does not answer a stranger", at: "\(port.rawValue) \(endpoint)",
            hint: "it must be reachable from this machine for the test at the start; check --bind and the firewall")
    }
}
