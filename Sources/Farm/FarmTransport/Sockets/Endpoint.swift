/// Addresses of sockets, such as `tcp://farm:7401`.
public enum Endpoint {
    /// The endpoint of a host, an IPv4 or an IPv6 address, on a port; `*` in place of a port takes a free one.
    public static func tcp(_ host: String, port: some CustomStringConvertible) -> String {
        let isBare = host.contains(":") && !host.hasPrefix("[")
        return "tcp://\(isBare ? "[\(host)]" : host):\(port)"
    }

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

    /// A bound endpoint as this machine can reach it: a wildcard stands for loopback too.
    public static func loopback(_ bound: String) -> String {
        for (wildcard, loopback) in [("0.0.0.0:", "127.0.0.1:"), ("*:", "127.0.0.1:"), ("[::]:", "[::1]:")] {
            let prefix = "tcp://" + wildcard
            if bound.hasPrefix(prefix) { return "tcp://" + loopback + bound.dropFirst(prefix.count) }
        }
        return bound
    }

    /// A bound endpoint as other machines can reach it, if `host` is this machine's name or address for them.
    ///
    /// An endpoint with an address of its own is left as it is unless `host` is given.
    public static func advertised(_ bound: String, host: String?, ownName: String) -> String {
        let isWildcard = loopback(bound) != bound
        guard let colon = bound.lastIndex(of: ":"), isWildcard || host != nil else { return bound }
        return tcp(host ?? ownName, port: bound[bound.index(after: colon)...])
    }
}
