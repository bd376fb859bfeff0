/// Why a model's file could not be used: which file, what is wrong with it, and what to do.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// What is wrong, in one sentence without a full stop.
    public let message: String
    /// What the reader can do about it; nil where nothing helps.
    public let hint: String?
    /// Whether the system does not let this process have the file, so that its content is not known to be wrong.
    public let isOfTheSystem: Bool

    /// Makes an error about a file.
    public init(path: String, message: String, hint: String? = nil, isOfTheSystem: Bool = false) {
        self.isOfTheSystem = isOfTheSystem
        self.path = path
        self.message = message
        self.hint = hint
    }

    /// One line: `path: message; hint`; what came from a file cannot break it.
    public var description: String { ("\(path): \(message.prefix(600))" + (hint.map { "; \($0)" } ?? "")).asOneLine }
}
