/// Why a specification was refused; each case prints as one line that says what to write instead.
public enum RenderSpecError: Error, Equatable, CustomStringConvertible {
    /// Not a JSON object.
    case malformed(String)
    /// No setting has this name.
    case unknownKey(String, nearest: String)
    /// A setting without a default is absent.
    case missing(String)
    /// The value is of another kind.
    case wrongType(key: String, expected: String, found: String)
    /// A number lies outside its range.
    case outOfRange(key: String, value: String, allowed: String)
    /// A word that is not among the choices.
    case notAChoice(key: String, value: String, choices: [String], nearest: String)
    /// The prompt string does not parse.
    case prompt(PromptError)
    /// Two settings contradict each other.
    case conflict(String)
    /// Width or height is not a multiple of the VQGAN's factor.
    case sizeNotMultiple(size: PictureSize, factor: Int, nearest: [PictureSize])

    /// A value outside its range.
    static func outside<Bound>(_ range: ClosedRange<Bound>, key: String, value: String) -> RenderSpecError {
        .outOfRange(key: key, value: value, allowed: "\(range.lowerBound) ... \(range.upperBound)")
    }

    /// One line for the user.
    public var description: String {
        switch self {
        case .malformed(let reason): "the render settings are not a JSON object: \(reason)"
        case .unknownKey(let key, let nearest): "there is no setting “\(key.prefix(60))”; did you mean “\(nearest)”?"
        case .missing(let key): "the setting “\(key)” is missing and has no default"
        case .wrongType(let key, let expected, let found): "“\(key)” must be \(expected), got \(found)"
        case .outOfRange(let key, let value, let allowed): "“\(key)” is \(value); it must lie in \(allowed)"
        case .notAChoice(let key, let value, let choices, let nearest):
            "“\(key)” cannot be “\(value.prefix(60))”; did you mean “\(nearest)”? The choices are \(choices.joined(separator: ", "))"
        case .prompt(let error): "\(error)"
        case .conflict(let text): text
        case .sizeNotMultiple(let size, let factor, let nearest):
            "the size \(size) does not fit this VQGAN, whose sides are multiples of \(factor); "
                + "the nearest that do are \(nearest.map(\.description).joined(separator: ", "))"
        }
    }
}
