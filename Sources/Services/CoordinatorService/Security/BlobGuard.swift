import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport

/// The port of blobs: workers in their live session, and those who submit, who may only bring files.
struct BlobGuard: PortGuard {
    let allowed: AllowList
    let sessions: SessionKeys
    let owners: BlobOwners
    /// The session of all clients.
    let clientSession: SessionID

    func judge(_ frame: Frame, of key: PublicKey?, at route: Route) -> PortVerdict {
        guard let key, let principal = allowed.principal(of: key), case .blob(let message) = frame.body else {
            return .drop
        }
        guard mayBegin(message, principal, frame.session) else { return refusal(of: message) }
        if case .put = message { owners.note(key, at: route) }
        return .pass
    }

    private func mayBegin(_ message: BlobMessage, _ principal: Principal, _ session: SessionID) -> Bool {
        if principal.role == .worker { return sessions.isLive(session, of: principal.key) }
        if case .get = message { return false }
        return principal.role.includes(.submit) && session == clientSession
    }

    func admits(_ key: PublicKey?) -> Bool { key.flatMap(allowed.principal(of:)) != nil }

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
