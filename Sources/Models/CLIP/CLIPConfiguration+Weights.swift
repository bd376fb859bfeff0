public import Checkpoints
import TensorCore

extension CLIPConfiguration {
    /// How many heads a transformer has, by width and layers; nil where they cannot be told.
    typealias HeadsRule = (_ width: Int, _ layers: Int) -> Int?

    /// What the weights alone tell, with OpenAI's constants or those of the known model for the rest.
    ///
    /// - Parameters:
    ///   - checkpoint: weights under OpenAI's names; see `openAIKeys(of:)`.
    ///   - hints: what weights cannot tell, the nonlinearity above all.
    /// - Throws: `CheckpointError` where a tensor that tells a dimension is missing or misshapen, or where nothing tells
    ///   the nonlinearity or the heads.
    public init(of checkpoint: any Checkpoint, hints: CLIPHints = CLIPHints()) throws(CheckpointError) {
        try self.init(of: checkpoint, hints, imageHeads: Self.imageHeads, textHeads: Self.headsOf64)
    }

    private init(
        of checkpoint: any Checkpoint, _ hints: CLIPHints, imageHeads: HeadsRule, textHeads: HeadsRule
    ) throws(CheckpointError) {
        let hints = hints.completed(by: checkpoint)
        self.init(
            vision: try Vision(of: checkpoint, hints, heads: imageHeads),
            text: try Tower(of: checkpoint, prefix: "", hints, heads: textHeads),
            contextLength: try checkpoint.extents(of: "positional_embedding", axes: 2)[0],
            vocabularySize: try checkpoint.extents(of: "token_embedding.weight", axes: 2)[0])
        let dimension = try checkpoint.extents(of: "text_projection", axes: 2)[1]
        guard dimension == embedDim else {
            throw CheckpointError(
                path: checkpoint.path,
                message: "maps pictures to \(embedDim) channels and texts to \(dimension), where a CLIP has one space")
        }
        guard contextLength <= Limits.contextLength, vocabularySize <= Limits.vocabularySize else {
            throw CheckpointError(
                path: checkpoint.path,
                message: "has \(contextLength) positions and \(vocabularySize) tokens; at most "
                    + "\(Limits.contextLength) and \(Limits.vocabularySize) are read")
        }
        try validate(path: checkpoint.path)
    }

    /// Heads of 64 channels, as nearly all towers have; nil where the width has no such factor.
    fileprivate static func headsOf64(width: Int, layers: Int) -> Int? {
        width.isMultiple(of: 64) ? width / 64 : nil
    }

    /// The few published image towers with other heads come first.
    fileprivate static func imageHeads(width: Int, layers: Int) -> Int? {
        KnownCLIP.visionHeads(width: width, layers: layers) ?? headsOf64(width: width, layers: layers)
    }

    /// Compares every dimension with what the weights tell.
    ///
    /// - Throws: `CheckpointError` that lists all that differ: the configuration is of another model.
    public func check(against checkpoint: any Checkpoint) throws(CheckpointError) {
        // Heads and nonlinearity are not in the weights, so there is nothing to compare them with.
        let found = try CLIPConfiguration(
            of: checkpoint, CLIPHints(activation: .gelu), imageHeads: { _, _ in 1 }, textHeads: { _, _ in 1 })
        try Self.compare(dimensions, found.dimensions, path: checkpoint.path)
    }

    private var dimensions: [(String, String)] {
        vision.dimensions + text.dimensions(of: "text")
            + [("context", "\(contextLength)"), ("vocabulary", "\(vocabularySize)")]
    }

    fileprivate static func compare(
        _ stated: [(String, String)], _ found: [(String, String)], path: String
    ) throws(CheckpointError) {
        let differences = stated.compactMap { name, value in
            found.first { $0.0 == name && $0.1 != value }.map { "\(name) \($0.1) instead of \(value)" }
        }
        guard differences.isEmpty else {
            throw CheckpointError(
                path: path, message: "holds a model of \(differences.joined(separator: ", "))",
                hint: "use the configuration that belongs to this checkpoint")
        }
    }
}

extension CLIPConfiguration.Vision {
    /// What the weights under `visual.` alone tell; a checkpoint may hold no text tower.
    ///
    /// - Throws: `CheckpointError` as for a whole CLIP.
    public init(of checkpoint: any Checkpoint, hints: CLIPHints = CLIPHints()) throws(CheckpointError) {
        let hints = hints.completed(by: checkpoint)
        try self.init(of: checkpoint, hints, heads: CLIPConfiguration.imageHeads)
        try validate(path: checkpoint.path)
    }

    fileprivate init(
        of checkpoint: any Checkpoint, _ hints: CLIPHints, heads: CLIPConfiguration.HeadsRule
    ) throws(CheckpointError) {
        if checkpoint.shape(of: "visual.attnpool.positional_embedding") != nil {
            // Five halvings, whatever the width and the depth.
            let grid = try Self.grid("visual.attnpool.positional_embedding", in: checkpoint)
            let blocks = (1...4).map { layer in
                checkpoint.parts(limit: Limits.layers) { "visual.layer\(layer).\($0).conv1.weight" }
            }
            self.init(
                network: .resNet(
                    .init(
                        blocks: blocks, width: try checkpoint.extents(of: "visual.layer1.0.conv1.weight", axes: 4)[0])),
                imageSize: 32 * grid, embedDim: try checkpoint.extents(of: "visual.attnpool.c_proj.weight", axes: 2)[0])
        } else {
            let patch = try checkpoint.extents(
                of: "visual.conv1.weight", axes: 4, hint: "is this a CLIP with a ViT or a ResNet?")[3]
            let grid = try Self.grid("visual.positional_embedding", in: checkpoint)
            self.init(
                network: .transformer(
                    try .init(of: checkpoint, prefix: "visual.", hints, heads: heads), patchSize: patch),
                imageSize: grid * patch, embedDim: try checkpoint.extents(of: "visual.proj", axes: 2)[1])
        }
        guard imageSize <= Limits.imageSize else {
            throw CheckpointError(
                path: checkpoint.path,
                message: "takes pictures of \(imageSize) pixels; at most \(Limits.imageSize) are read")
        }
        if let known = hints.known { (mean, deviation) = (known.mean, known.deviation) }
    }

    /// Positions along a side: the rows of a positional embedding are a square and one.
    private static func grid(_ name: String, in checkpoint: any Checkpoint) throws(CheckpointError) -> Int {
        let positions = try checkpoint.extents(of: name, axes: 2)[0]
        let grid = Int(Double(positions - 1).squareRoot().rounded())
        guard grid >= 1, grid * grid + 1 == positions else {
            throw CheckpointError(
                path: checkpoint.path,
                message: "'\(checkpoint.storedName(of: name))' has \(positions) rows, no square plus one")
        }
        return grid
    }

    /// Compares every dimension with what the weights tell; see `CLIPConfiguration.check(against:)`.
    public func check(against checkpoint: any Checkpoint) throws(CheckpointError) {
        let found = try Self(of: checkpoint, CLIPHints(activation: .gelu)) { _, _ in 1 }
        try CLIPConfiguration.compare(dimensions, found.dimensions, path: checkpoint.path)
    }

    fileprivate var dimensions: [(String, String)] {
        let common = [("embedding", "\(embedDim)"), ("picture", "\(imageSize)")]
        switch network {
        case .transformer(let tower, let patchSize):
            return common + [("image tower", "a ViT"), ("patch", "\(patchSize)")] + tower.dimensions(of: "image")
        case .resNet(let resNet):
            return common + [
                ("image tower", "a ResNet"), ("image width", "\(resNet.width)"), ("image blocks", "\(resNet.blocks)"),
            ]
        }
    }
}

extension CLIPConfiguration.Tower {
    fileprivate init(
        of checkpoint: any Checkpoint, prefix: String, _ hints: CLIPHints, heads: CLIPConfiguration.HeadsRule
    ) throws(CheckpointError) {
        let blocks = "\(prefix)transformer.resblocks"
        let width = try checkpoint.extents(of: "\(blocks).0.ln_1.weight", axes: 1)[0]
        let layers = checkpoint.parts(limit: Limits.layers) { "\(blocks).\($0).ln_1.weight" }
        let hidden = try checkpoint.extents(of: "\(blocks).0.mlp.c_fc.weight", axes: 2)[0]
        guard let heads = heads(width, layers), width <= Limits.width, hidden <= 4 * Limits.width else {
            throw CheckpointError(
                path: checkpoint.path,
                message: "has a tower of \(width) channels, whose heads cannot be told from the weights",
                hint: "put its config.json or open_clip_config.json beside it")
        }
        self.init(
            width: width, layers: layers, heads: heads, hidden: hidden,
            activation: try hints.activation(stated: nil, path: checkpoint.path))
    }

    fileprivate func dimensions(of name: String) -> [(String, String)] {
        [("\(name) width", "\(width)"), ("\(name) layers", "\(layers)"), ("\(name) hidden", "\(hidden)")]
    }
}
