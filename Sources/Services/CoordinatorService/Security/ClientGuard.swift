import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport

/// The port of clients: each request needs a role.
struct ClientGuard: PortGuard {
    let allowed: AllowList

    func judge(_ frame: Frame, of key: PublicKey?, at route: Route) -> PortVerdict {
        guard let key, let principal = allowed.principal(of: key) else {
            return .answer(.clientReply(.refused("this key was revoked; ask for a new access file")))
        }
        guard case .client(let message) = frame.body else { return .pass }
        let needed = message.neededRole
        guard principal.role.includes(needed) else {
            return .answer(
                .clientReply(
                    .refused(
                        "\(principal.name) has the role \(principal.role.rawValue), and this needs \(needed.rawValue)"))
            )
        }
        // Fair shares are by submitter, so only an operator submits under another's name.
        if case .submit(var spec, let key) = message, spec.submitter.isEmpty || !principal.role.includes(.operator) {
            spec.submitter = principal.name
            return .rewrite(.client(.submit(spec, key: key)))
        }
        return .pass
    }

    func admits(_ key: PublicKey?) -> Bool { key.flatMap(allowed.principal(of:)) != nil }

    func sending(_ body: FrameBody, to route: Route) {}
}

extension ClientMessage {
    /// The least that a client must be to say this.
    var neededRole: Role {
        switch self {
        case .open, .query: .viewer
        case .submit: .submit
        case .command, .workerCommand: .operator
        }
    }
}
