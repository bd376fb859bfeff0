/// Why a prompt string was refused.
public enum PromptError: Error, Equatable, CustomStringConvertible {
    /// There is no text between two bars, or none at all.
    case empty(position: Int, of: Int)
    /// There is nothing between two `^`.
    case emptyPhrase(position: Int, of: Int)
    /// A weight or a stop is not a number.
    case notANumber(String, in: String)
    /// `@inside=` or `@outside=` without a name.
    case emptyRegion(String)
    /// Nearly `@inside=` or `@outside=`.
    case unknownRegion(String, nearest: String)
    /// More bytes than allowed.
    case tooLong(bytes: Int, limit: Int)
    /// More prompts than allowed.
    case tooMany(count: Int, limit: Int)

    /// One line for the user.
    public var description: String {
        switch self {
        case .empty(_, of: 1): "the prompt is empty; write what the picture should show"
        case .empty(let position, let total):
            "prompt \(position) of \(total) is empty; write text between the bars, or \\| for a bar in the text"
        case .emptyPhrase(let position, let total):
            "phrase \(position) of \(total) is empty; write text on both sides of ^, or \\^ for one in the text"
        case .notANumber(let field, let prompt):
            "the weight “\(field.prefix(60))” in the prompt “\(prompt.prefix(60))” is not a finite number; "
                + "write text:1.5, or \\: for a colon in the text"
        case .emptyRegion(let side):
            "“@\(side)=” names no mask; write @\(side)=left.png, or \\@ for an at sign in the text"
        case .unknownRegion(let word, let nearest):
            "“@\(word)=” is no region; did you mean “@\(nearest)=”? Write \\@ for an at sign in the text"
        case .tooLong(let bytes, let limit): "the prompt has \(bytes) bytes; at most \(limit) are allowed"
        case .tooMany(let count, let limit): "there are \(count) prompts; at most \(limit) are allowed"
        }
    }
}
