/// What a proxy is told to do to connections; bytes are never changed, reordered or lost within one that lives.
enum ProxyFault: Sendable {
    /// Resets each connection with this probability.
    case drop(share: Double)
    /// Ends the stream towards one side, each connection with this probability.
    case halfClose(share: Double, towards: Side)
    /// Lets nothing through towards one side.
    case stall(share: Double, towards: Side, Duration)
    /// Lets everything through late in both directions.
    case delay(share: Double, by: Duration, for: Duration)
    /// Lets nothing through at all, and no new connections.
    case split(Duration)
    /// Ends all faults: what waited goes on.
    case heal

    /// One end of a connection.
    enum Side: Sendable, CaseIterable { case client, server }
}
