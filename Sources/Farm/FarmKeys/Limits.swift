/// Bounds of keys and their files, in one place.
public enum KeyLimits {
    /// Keys of one farm, revoked ones included.
    public static let principals = 100_000
    /// Join files of one farm that have not expired.
    public static let tokens = 1_000
    /// Nodes that may join with one file.
    public static let uses = 100_000
    /// Octets of a file of keys.
    public static let fileBytes = 64 << 20
    /// Names that are tried for a newcomer whose own is taken.
    public static let namesTried = 10_000
}
