public import Checkpoints

/// The model pair that comes with the program: a small VQGAN and a small CLIP.
///
/// Everything about it is read from its files; another pair replaces it by taking their place.
public struct StarterModel: Sendable {
    /// The folder that holds it.
    public let folder: String

    /// Finds the folder beside the program.
    ///
    /// - Throws: `CheckpointError` where it is not there.
    public init() throws(CheckpointError) { folder = try ResourceFolder.path(of: "Starter", in: "StarterModel") }

    /// Weights of the VQGAN.
    public var vqganCheckpoint: String { "\(folder)/vqgan.safetensors" }
    /// Configuration of the VQGAN.
    public var vqganConfiguration: String { "\(folder)/vqgan.yaml" }
    /// Weights of CLIP.
    public var clipCheckpoint: String { "\(folder)/clip.safetensors" }
    /// Configuration of CLIP; it names the vocabulary beside it.
    public var clipConfiguration: String { "\(folder)/clip.json" }
    /// What the pair was trained on and what it can do.
    public var readMe: String { "\(folder)/README.md" }
    /// Folders with values that another implementation computed from the same weights.
    public var parityFolders: [String] { ["vqgan", "clip", "loop"].map { "\(folder)/parity/\($0)" } }
}
