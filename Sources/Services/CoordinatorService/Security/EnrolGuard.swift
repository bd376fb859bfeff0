import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport

/// The enrol port admits any key, so each speaks only for itself, and once.
struct EnrolGuard: PortGuard {
    func judge(_ frame: Frame, of key: PublicKey?, at route: Route) -> PortVerdict {
        guard case .newcomer(let message) = frame.body, let key else { return .drop }
        guard message.key == key.bytes else {
            return .answer(
                .enrolReply(.refused("the connection was made with another key than the one in the request")))
        }
        return .pass
    }

    /// Newcomers have no dialogue that could end.
    func admits(_ key: PublicKey?) -> Bool { false }

    func sending(_ body: FrameBody, to route: Route) {}
}
