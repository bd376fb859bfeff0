import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport

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

    func admits(_ key: PublicKey?) -> Bool { key.flatMap(allowed.principal(of:))?.role == .worker }

    func sending(_ body: FrameBody, to route: Route) {
        switch body {
        case .coordinator(.welcome(let welcome)): sessions.answered(route, with: welcome.session)
        case .coordinator(.refuse): sessions.answered(route, with: nil)
        default: break
        }
    }
}
