public import FarmKeys
public import FarmModel
public import FarmProtocol

/// Decides about each frame of a port before anybody else sees it.
///
/// The key is that of the connection, as the handshake proved it. Called on the thread of the router.
public protocol PortGuard: Sendable {
    /// What is to become of a frame; the key is nil only on a port without protection.
    func judge(_ frame: Frame, of key: PublicKey?, at route: Route) -> PortVerdict
    /// Whether the service hears that a peer with this key has broken the rules: only of peers that are admitted.
    func admits(_ key: PublicKey?) -> Bool
    /// A frame is about to leave for a peer.
    func sending(_ body: FrameBody, to route: Route)
}

/// What becomes of a frame.
public enum PortVerdict: Hashable, Sendable {
    /// The service gets it.
    case pass
    /// The service gets this instead, such as the same request with its true sender in it.
    case rewrite(FrameBody)
    /// Nothing happens.
    case drop
    /// The peer is answered in the frame's session, and the service never hears of it.
    case answer(FrameBody)
}
