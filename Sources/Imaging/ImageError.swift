/// A picture that cannot be read, decoded or written, with what is wrong and where.
public struct ImageError: Error, Sendable, Equatable {
    /// The kinds of failure, for callers that act on them.
    public enum Code: Sendable, Equatable {
        /// The file cannot be opened, read or written.
        case file
        /// The bytes are not a PNG picture, or a damaged one.
        case malformed
        /// The picture or file is greater than `Limits` allows.
        case tooLarge
    }

    /// The kind of failure.
    public let code: Code

    /// The file, where there is one.
    public let path: String?

    /// What is wrong, in one line.
    public let message: String

    /// Makes an error.
    public init(_ code: Code, path: String? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// The same error with the path of the file it is about.
    public func at(path: String) -> ImageError { ImageError(code, path: path, message) }
}

extension ImageError: CustomStringConvertible {
    /// The file and what is wrong with it, in one line.
    public var description: String {
        guard let path else { return message }
        return "\(path): \(message)"
    }
}
