import FarmKeys
import FarmModel
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
