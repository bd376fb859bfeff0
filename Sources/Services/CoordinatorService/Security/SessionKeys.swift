import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Synchronization

/// Which key speaks in which session: shared by the ports of workers.
final class SessionKeys: Sendable {
    /// A worker's live session.
    struct Live: Sendable {
        var session: SessionID
        var route: Route
    }

    private struct State {
        /// Keys that said HELLO and have no answer yet.
        var greeting: [Route: PublicKey] = [:]
        var live: [PublicKey: Live] = [:]
    }

    private let state = Mutex(State())

    /// A key asks for a session.
    func greets(_ key: PublicKey, at route: Route) { state.withLock { $0.greeting[route] = key } }

    /// It was answered: with a session, or without.
    func answered(_ route: Route, with session: SessionID?) {
        state.withLock { state in
            guard let key = state.greeting.removeValue(forKey: route), let session else { return }
            state.live[key] = Live(session: session, route: route)
        }
    }

    /// Whether a session is the one that this key speaks in; where it speaks from is noted.
    func isLive(_ session: SessionID, of key: PublicKey, at route: Route? = nil) -> Bool {
        state.withLock { state in
            guard let live = state.live[key], live.session == session else { return false }
            if let route, live.route != route { state.live[key]?.route = route }
            return true
        }
    }

    /// Forgets a key; the session it had.
    func end(_ key: PublicKey) -> Live? { state.withLock { $0.live.removeValue(forKey: key) } }
}

/// The port of workers: a key speaks for its own name, in its own session, as long as it is admitted.
struct ControlGuard: PortGuard {
    let allowed: AllowList
    let sessions: SessionKeys

    func judge(_ frame: Frame, of key: PublicKey?, at route: Route) -> PortVerdict {
        guard let key, let principal = allowed.principal(of: key), principal.role == .worker else {
            return frame.session == .none
                ? .answer(.coordinator(.refuse(.identity, retryAfterMilliseconds: 0)))
                : .answer(.coordinator(.bye(reason: "the key of this worker was revoked")))
        }
        if case .worker(.hello(let hello)) = frame.body {
            guard hello.worker.name == principal.name else {
                return .answer(.coordinator(.refuse(.identity, retryAfterMilliseconds: 0)))
            }
            sessions.greets(key, at: route)
            return .pass
        }
        if sessions.isLive(frame.session, of: key, at: route) { return .pass }
        // A session of an earlier start, or another worker's: nothing happens in it.
        switch frame.body {
        case .worker(.bye), .error: return .drop
        default: return .answer(.coordinator(.bye(reason: "unknown session")))
        }
    }

    func sending(_ body: FrameBody, to route: Route) {
        switch body {
        case .coordinator(.welcome(let welcome)): sessions.answered(route, with: welcome.session)
        case .coordinator(.refuse): sessions.answered(route, with: nil)
        default: break
        }
    }
}

/// The port of blobs: workers in their live session, and those who submit, who may only bring files.
struct BlobGuard: PortGuard {
    let allowed: AllowList
    let sessions: SessionKeys
    /// The session of all clients.
    let clientSession: SessionID

    func judge(_ frame: Frame, of key: PublicKey?, at route: Route) -> PortVerdict {
        guard let key, let principal = allowed.principal(of: key), case .blob(let message) = frame.body else {
            return .drop
        }
        if principal.role == .worker {
            return sessions.isLive(frame.session, of: key) ? .pass : refusal(of: message)
        }
        guard principal.role.includes(.submit), frame.session == clientSession else { return refusal(of: message) }
        if case .get = message { return refusal(of: message) }
        return .pass
    }

    func sending(_ body: FrameBody, to route: Route) {}

    /// Only the beginning of a transfer is answered, so that nobody is answered for ever.
    private func refusal(of message: BlobMessage) -> PortVerdict {
        switch message {
        case .put(let transfer, _, _), .get(let transfer, _, _, _):
            .answer(.blob(.abort(transfer: transfer, reason: .unknown, have: 0)))
        case .have, .go, .chunk, .credit, .putOK, .getEnd, .abort: .drop
        }
    }
}
