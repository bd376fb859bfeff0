import Checkpoints
import FarmModel
import Guidance
import Imaging

/// A task cannot be done, and who is to blame.
struct EngineFailure: Error, Equatable {
    /// Who is to blame.
    enum Kind: String, Codable, Sendable {
        /// The task, wherever it is tried: no retry helps.
        case configuration
        /// The task, this time.
        case task
        /// This node, but not its disk: a file cannot be had here.
        case infrastructure
        /// This node's disk.
        case storage
        /// This node has less memory than the task takes.
        case memory
        /// The checkpoint to go on from: an older one may serve.
        case checkpoint

        /// The same for the farm.
        func failure(_ message: String) -> Failure {
            switch self {
            case .configuration: Failure(.configuration, message)
            case .task: Failure(.task, message)
            case .infrastructure, .storage: Failure(.infrastructure, message)
            case .memory: Failure(.infrastructure, message, cause: .outOfMemory)
            case .checkpoint: Failure(.infrastructure, message, cause: .checkpointUnreadable)
            }
        }
    }

    var kind: Kind
    var message: String

    init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }

    /// What no other worker could do better.
    static func configuration(_ error: any Error) -> EngineFailure { EngineFailure(.configuration, "\(error)") }

    /// What came in the way of planning a render, of loading its models or of beginning it.
    ///
    /// A task fails for good only of what is wrong with itself. Another worker may have more memory, and a file that the
    /// system withholds here may be sound there.
    init(ofPreparation error: any Error) {
        let kind: Kind =
            switch error {
            case is MemoryRefusal: .memory
            case let error as CheckpointError: error.isOfTheSystem ? .infrastructure : .configuration
            case let error as ImageError: error.code == .file ? .infrastructure : .configuration
            case RenderError.modelUnreadable: .infrastructure
            case is RenderError, is RenderSpecError, is PromptError: .configuration
            default: .infrastructure
            }
        self.init(kind, "\(error)")
    }
}
