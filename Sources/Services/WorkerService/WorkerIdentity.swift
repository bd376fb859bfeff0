import FarmKeys
import FarmTransport
import Logging
import Synchronization

/// As whom a worker speaks, and to whom: shared by its two connections.
///
/// When the coordinator's key was rotated, the one that was announced before is tried, and kept once it serves.
final class WorkerIdentity: Sendable {
    private struct State {
        var access: AccessFile
        var said: LineTrouble?
        /// Whether the file is behind.
        var isChanged = false
    }

    private let state: Mutex<State>
    private let file: String?
    private let logger: Logger

    /// `file` is where a new key of the coordinator is kept; nil keeps it in memory only.
    init(_ access: AccessFile, file: String?, logger: Logger) {
        state = Mutex(State(access: access))
        self.file = file
        self.logger = logger
    }

    /// How to protect the next connection.
    var security: SocketOptions.Security {
        state.withLock { .client($0.access.keys, server: $0.access.server) }
    }

    /// A line does not come up: the log says why, once until it has changed.
    func note(_ trouble: LineTrouble, at endpoint: String) {
        let (isNew, rotated) = state.withLock { state in
            defer { state.said = trouble }
            guard trouble == .wrongServer, state.access.turnToNext() else { return (state.said != trouble, false) }
            state.isChanged = true
            return (state.said != trouble, true)
        }
        guard isNew else { return }
        if rotated {
            logger.notice("trying the key that the coordinator has announced", metadata: ["endpoint": "\(endpoint)"])
        } else {
            logger.error("no connection: \(trouble)", metadata: ["endpoint": "\(endpoint)"])
        }
    }

    /// A session is open; the coordinator may have told of its next key.
    func connected(nextServerKey: PublicKey?) {
        let changed: AccessFile? = state.withLock { state in
            state.said = nil
            if state.access.note(next: nextServerKey) { state.isChanged = true }
            defer { state.isChanged = false }
            return state.isChanged ? state.access : nil
        }
        guard let changed, let file else { return }
        do { try changed.write(to: file) } catch {
            logger.error("cannot keep the coordinator's keys", metadata: ["error": "\(error)"])
        }
    }
}
