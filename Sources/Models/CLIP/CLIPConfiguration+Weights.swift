public import Checkpoints
public import TensorCore

extension CLIPConfiguration {
    /// What the weights alone tell, with heads of 64 channels and OpenAI's constants for the rest.
    ///
    /// - Parameters:
    ///   - checkpoint: weights under OpenAI's names; see `openAIKeys(of:)`.
    ///   - activation: the nonlinearity of both towers, which weights cannot tell.
    /// - Throws: `CheckpointError` where a tensor that tells a dimension is missing or misshapen.
    public init(of checkpoint: any Checkpoint, activation: Activation) throws(CheckpointError) {
        func extent(_ name: String, rank: Int, _ axis: Int) throws(CheckpointError) -> Int {
            guard let shape = checkpoint.shape(of: name) else {
                throw CheckpointError(
                    path: checkpoint.path, message: "has no tensor '\(checkpoint.storedName(of: name))'",
                    hint: "is this a CLIP with a vision transformer?")
            }
            guard shape.rank == rank else {
                throw CheckpointError(
                    path: checkpoint.path,
                    message: "tensor '\(checkpoint.storedName(of: name))' has shape \(shape), expected \(rank) axes")
            }
            return shape[axis]
        }
        func tower(_ prefix: String) throws(CheckpointError) -> Tower {
            let blocks = "\(prefix)transformer.resblocks."
            let layers = checkpoint.names.filter { $0.hasPrefix(blocks) && $0.hasSuffix(".ln_1.weight") }.count
            let width = try extent("\(blocks)0.ln_1.weight", rank: 1, 0)
            return Tower(
                width: width, layers: layers, heads: Self.heads(width),
                hidden: try extent("\(blocks)0.mlp.c_fc.weight", rank: 2, 0), activation: activation)
        }
        let patch = try extent("visual.conv1.weight", rank: 4, 3)
        let positions = try extent("visual.positional_embedding", rank: 2, 0)
        let grid = Int(Double(positions - 1).squareRoot().rounded())
        guard grid >= 1, grid * grid + 1 == positions else {
            throw CheckpointError(
                path: checkpoint.path,
                message: "'visual.positional_embedding' has \(positions) rows, no square plus one")
        }
        self.init(
            embedDim: try extent("text_projection", rank: 2, 1), vision: try tower("visual."), imageSize: grid * patch,
            patchSize: patch, text: try tower(""), contextLength: try extent("positional_embedding", rank: 2, 0),
            vocabularySize: try extent("token_embedding.weight", rank: 2, 0))
    }

    /// Compares every dimension with what the weights tell.
    ///
    /// - Throws: `CheckpointError` that lists all that differ: the configuration is of another model.
    public func check(against checkpoint: any Checkpoint) throws(CheckpointError) {
        let found = try CLIPConfiguration(of: checkpoint, activation: vision.activation)
        let dimensions: [(String, Int, Int)] = [
            ("embedding", embedDim, found.embedDim), ("picture", imageSize, found.imageSize),
            ("patch", patchSize, found.patchSize), ("image width", vision.width, found.vision.width),
            ("image layers", vision.layers, found.vision.layers), ("image hidden", vision.hidden, found.vision.hidden),
            ("text width", text.width, found.text.width), ("text layers", text.layers, found.text.layers),
            ("text hidden", text.hidden, found.text.hidden), ("context", contextLength, found.contextLength),
            ("vocabulary", vocabularySize, found.vocabularySize),
        ]
        let differences = dimensions.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.2) instead of \($0.1)" }
        guard differences.isEmpty else {
            throw CheckpointError(
                path: checkpoint.path, message: "holds a model of \(differences.joined(separator: ", "))",
                hint: "use the configuration that belongs to this checkpoint")
        }
    }
}
