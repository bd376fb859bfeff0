public import Checkpoints
public import TensorCore

/// What is known about a CLIP besides its weights and its configuration file.
///
/// Weights cannot tell the nonlinearity of the perceptrons: with the wrong one of the two in use, embeddings look
/// plausible and are worse. So it is never guessed. What the user sets counts first, then the configuration file, then
/// what is known of the published model, then the one container that is used by OpenAI's own models alone.
public struct CLIPHints: Sendable {
    /// What the user set.
    public var activation: Activation?
    /// The published model that the file is.
    public var known: KnownCLIP?

    /// Notes what is known; by default nothing.
    public init(activation: Activation? = nil, known: KnownCLIP? = nil) {
        self.activation = activation
        self.known = known
    }

    /// The nonlinearity of a tower; `stated` is what the configuration file says, if there is one.
    ///
    /// - Throws: `CheckpointError` with what to do where nothing tells.
    func activation(stated: Activation?, path: String) throws(CheckpointError) -> Activation {
        if let found = activation ?? stated ?? known?.activation { return found }
        throw CheckpointError(
            path: path, message: "nothing tells whether this CLIP uses quick_gelu or gelu, and weights cannot",
            hint: "put its config.json or open_clip_config.json beside it, or set clip_activation to quick_gelu "
                + "(OpenAI, MetaCLIP, DFN) or gelu (most of LAION's and DataComp's)")
    }

    /// The hints with what the file's own form tells: TorchScript archives with these buffers are OpenAI's alone.
    public func completed(by checkpoint: any Checkpoint) -> CLIPHints {
        let buffers = ["input_resolution", "context_length", "vocab_size"]
        guard known == nil, buffers.allSatisfy({ checkpoint.shape(of: $0) != nil }) else { return self }
        return CLIPHints(activation: activation, known: .openAIArchive)
    }
}
