import CZeroMQ
public import FarmKeys
import Glibc
public import Logging
import Synchronization

/// The handler of authentication (RFC 27): libzmq asks it about every peer that shakes hands in its context.
///
/// Make it before any other socket of the context. Without it nobody gets in, because every port enforces its domain;
/// should it fail at run time, the process ends rather than serve on without it.
///
/// Guarded by: the socket is touched by the handler's own thread only; `refusals` by its mutex.
public final class ZAPHandler: @unchecked Sendable {
    private static let endpoint = "inproc://zeromq.zap.01"

    let context: ZMQContext
    private let allowList: AllowList
    private let logger: Logger
    private let handle: UnsafeMutableRawPointer
    private let refusals = Mutex(RefusalLog())
    private let clock = MonotonicClock()
    private let expected = Mutex<Set<PublicKey>>([])

    /// Binds the handler's address and starts its thread, which ends with the context.
    ///
    /// - Throws: `ZMQError`, also when the context has a handler already.
    public init(in context: ZMQContext, allowList: AllowList, logger: Logger) throws(ZMQError) {
        self.context = context
        self.allowList = allowList
        self.logger = logger
        guard let handle = zmq_socket(context.handle, ZMQ_REP) else { throw ZMQError("make the authentication socket") }
        var linger: CInt = 0
        zmq_setsockopt(handle, ZMQ_LINGER, &linger, MemoryLayout<CInt>.size)
        guard zmq_bind(handle, ZAPHandler.endpoint) == 0 else {
            let error = ZMQError("bind \(ZAPHandler.endpoint)")
            zmq_close(handle)
            throw error
        }
        self.handle = handle
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let reference = Unmanaged.passRetained(self)
        let failure = pthread_create(&thread, &attributes, zapHandlerMain, reference.toOpaque())
        guard failure == 0 else {
            reference.release()
            zmq_close(handle)
            throw ZMQError(code: failure, "start the authentication thread")
        }
    }

    fileprivate func run() {
        pthread_setname_np(pthread_self(), "atelier-zap")
        defer { zmq_close(handle) }
        serve { () throws(ZMQError) in try receive() }
    }

    /// Answers requests until the context ends; any other failure ends the process, which must not go on unguarded.
    func serve(_ next: () throws(ZMQError) -> [[UInt8]]) {
        while true {
            do {
                try send(answer(to: try next()))
            } catch {
                if error.isTerminated { return }
                preconditionFailure("the authentication handler has failed, so the process ends: \(error)")
            }
        }
    }

    /// The reply to a request, both as frames after the version: a pure function but for the log.
    ///
    /// Request: version, request number, domain, address, routing id, mechanism, credentials. Reply: version, request
    /// number, status, text, user, metadata.
    func answer(to request: [[UInt8]]) -> [[UInt8]] {
        let number = request.count > 1 ? request[1] : []
        func reply(_ status: String, _ text: String, user: String = "") -> [[UInt8]] {
            [Array("1.0".utf8), number, Array(status.utf8), Array(text.utf8), Array(user.utf8), []]
        }
        guard request.count >= 6, request[0] == Array("1.0".utf8) else { return reply("500", "bad request") }
        func text(_ index: Int) -> String { String(decoding: request[index], as: UTF8.self) }
        guard let domain = Domain(rawValue: text(2)) else { return reply("500", "unknown domain") }
        guard text(5) == "CURVE", request.count == 7, let key = PublicKey(bytes: request[6]) else {
            note("the mechanism is \(text(5)) and not CURVE", text(3), domain, "")
            return reply("400", "CURVE only")
        }
        switch allowList.judge(key, in: domain) {
        case .admitted: return reply("200", "OK", user: key.text)
        case .refused(let reason):
            if expected.withLock({ $0.contains(key) }) { return reply("400", "not admitted") }
            note(reason, text(3), domain, key.text)
            return reply("400", "not admitted")
        }
    }

    /// The test at the start knocks with this key: no word about it.
    func expect(_ key: PublicKey) { expected.withLock { _ = $0.insert(key) } }

    /// Says once per key and port why it was refused, as far as the log has room.
    private func note(_ reason: String, _ address: String, _ domain: Domain, _ key: String) {
        let name = "\(domain.rawValue) \(key.isEmpty ? address : key) \(reason)"
        guard let untold = refusals.withLock({ $0.hear(name, at: clock.now) }) else { return }
        var metadata: Logger.Metadata = [
            "reason": "\(reason)", "port": "\(domain.rawValue)", "address": "\(address)", "key": "\(key)",
        ]
        if untold > 0 { metadata["others"] = "\(untold)" }
        logger.warning("refused a peer", metadata: metadata)
    }

    private func receive() throws(ZMQError) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        while true {
            var message = zmq_msg_t()
            zmq_msg_init(&message)
            defer { zmq_msg_close(&message) }
            while zmq_msg_recv(&message, handle, 0) < 0 {
                guard zmq_errno() == EINTR else { throw ZMQError("hear an authentication request") }
            }
            parts.append(Array(UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message))))
            if zmq_msg_more(&message) == 0 { return parts }
        }
    }

    private func send(_ parts: [[UInt8]]) throws(ZMQError) {
        for (index, part) in parts.enumerated() {
            while zmq_send(handle, part, part.count, index < parts.count - 1 ? ZMQ_SNDMORE : 0) < 0 {
                guard zmq_errno() == EINTR else { throw ZMQError("answer an authentication request") }
            }
        }
    }
}

/// A function and not a closure: a closure would inherit an isolation that the new thread does not have.
private nonisolated func zapHandlerMain(_ reference: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let reference else { return nil }
    Unmanaged<ZAPHandler>.fromOpaque(reference).takeRetainedValue().run()
    return nil
}
