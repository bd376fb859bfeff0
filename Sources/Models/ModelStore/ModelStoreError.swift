/// Why the store did not do what was asked: what, where, and what to do, in one line.
public struct ModelStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, for those who act on it.
    public enum Reason: Hashable, Sendable {
        /// There is no model of that name.
        case unknownName
        /// A name that cannot be one.
        case badName
        /// The name has a model already.
        case nameTaken
        /// The bytes are not those of the digest.
        case digestMismatch
        /// The server does not have it.
        case notFound
        /// The server or the network failed; trying again may help.
        case network
        /// The server's answer makes no sense or breaks a bound.
        case badAnswer
        /// Too little space on the volume.
        case diskFull
        /// Another process does the same already.
        case busy
        /// A record or file of the store is not as it was written.
        case damaged
        /// The system refused; the number is `errno`.
        case system(Int32)
    }

    /// What went wrong.
    public let reason: Reason
    /// What went wrong, in one sentence without a full stop.
    public let message: String
    /// The file, name or address.
    public let place: String
    /// What to do about it; nil where nothing helps.
    public let hint: String?

    init(_ reason: Reason, _ message: String, at place: String, hint: String? = nil) {
        self.reason = reason
        self.message = message
        self.place = place
        self.hint = hint
    }

    /// One line: `place: message; hint`.
    public var description: String { "\(place): \(message)" + (hint.map { "; \($0)" } ?? "") }
}
