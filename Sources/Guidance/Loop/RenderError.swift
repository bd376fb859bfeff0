/// Why a render cannot start or go on.
public enum RenderError: Error, Equatable, CustomStringConvertible {
    /// The specification does not fit the models.
    case specification(RenderSpecError)
    /// The specification names a picture that was not handed over.
    case pictureMissing(name: String)
    /// The loss or its gradient is no longer finite.
    case diverged(iteration: Int)
    /// A checkpoint's bytes are damaged or of another version.
    case damagedCheckpoint(String)
    /// A checkpoint belongs to another render.
    case foreignCheckpoint(String)
    /// A model's file was damaged after it had been opened.
    case modelUnreadable(String)
    /// The specification cannot be written as JSON.
    case notEncodable(String)

    /// One line for the user.
    public var description: String {
        switch self {
        case .specification(let error): "\(error)"
        case .pictureMissing(let name): "the picture “\(name)” was not loaded"
        case .diverged(let iteration):
            "the render diverged in iteration \(iteration): the loss or its gradient is not finite; "
                + "lower “learning_rate” or the prompts' weights"
        case .damagedCheckpoint(let reason): "the checkpoint cannot be read: \(reason); start the render anew"
        case .foreignCheckpoint(let reason): "the checkpoint belongs to another render: \(reason)"
        case .modelUnreadable(let reason): reason
        case .notEncodable(let reason): "the render settings cannot be written as JSON: \(reason)"
        }
    }
}
