/// What is wrong with a key or with a file of keys: what, where, and what to do, in one line.
///
/// It never holds a secret.
public struct KeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What failed.
    public let what: String
    /// The file or the name concerned.
    public let place: String
    /// What to do about it.
    public let hint: String

    /// Makes an error.
    public init(_ what: String, at place: String, hint: String) {
        self.what = what
        self.place = place
        self.hint = hint
    }

    /// What, where and the hint.
    public var description: String { "\(what) (\(place)): \(hint)" }
}
