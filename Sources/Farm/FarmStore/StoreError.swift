/// Why something could not be stored, read or published: what, where, and what to do.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of trouble, for programs.
    public enum Reason: Hashable, Sendable {
        /// The volume is full, or nearly so.
        case diskFull
        /// The file system does not let this process in.
        case permission
        /// A file, folder or row is missing.
        case notFound
        /// A file or folder is in the way.
        case inTheWay
        /// What was read is damaged.
        case corrupt
        /// What was read was written by a newer version.
        case newerVersion
        /// Another process uses the folder; its number, if it left one.
        case locked(pid: Int32?)
        /// A record contradicts what is recorded.
        case ruleViolated
        /// Bytes do not follow the last ones; how many are here.
        case gap(have: Int64)
        /// Content is not what its digest or size says.
        case digestMismatch
        /// More octets or entries than allowed.
        case overLimit
        /// A name that is no plain file name.
        case badName
        /// Any other answer of the system.
        case system(code: Int32)
    }

    /// The kind of trouble.
    public let reason: Reason
    /// What failed, in one line.
    public let what: String
    /// The path or the identifier concerned.
    public let place: String
    /// What to do about it.
    public let hint: String

    /// Makes an error.
    public init(_ reason: Reason, what: String, at place: String, hint: String) {
        self.reason = reason
        self.what = what
        self.place = place
        self.hint = hint
    }

    /// What, where and the hint, in one line.
    public var description: String { "\(what) (\(place)): \(hint)" }
}
