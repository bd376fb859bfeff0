import Glibc

/// How many files and connections a process may have open.
public enum DescriptorLimit {
    /// Raises the limit as far as the system allows without privileges; the limit afterwards.
    ///
    /// The usual soft limit of 1,024 is there for programs that use `select`, of which this is none.
    @discardableResult
    public static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many workers a coordinator can serve within a limit: each has two connections.
    public static func workers(within limit: Int) -> Int { max(0, (limit - own) / 2) }

    /// Files that a coordinator has open besides connections of workers: its database, blobs, clients.
    private static let own = 256
}
