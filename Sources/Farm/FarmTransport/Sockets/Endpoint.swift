/// Addresses of sockets, such as `tcp://farm:7401`.
public enum Endpoint {
    /// An announced endpoint as seen from here.
    ///
    /// A coordinator that listens on all addresses cannot name the one that we reach; it is the one of the endpoint that
    /// was reached already.
    public static func resolve(_ announced: String, reachedAt endpoint: String) -> String {
        for wildcard in ["tcp://0.0.0.0:", "tcp://*:", "tcp://[::]:"] where announced.hasPrefix(wildcard) {
            guard let colon = endpoint.lastIndex(of: ":") else { return announced }
            return String(endpoint[...colon] + announced.dropFirst(wildcard.count))
        }
        return announced
    }
}
