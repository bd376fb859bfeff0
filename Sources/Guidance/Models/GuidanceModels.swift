public import CLIP
public import TensorCore
public import VQGAN

/// The painter, the judge and the judge's tokenizer, loaded on one backend.
public struct GuidanceModels {
    /// The painter.
    public let vqgan: VQModel
    /// The judge.
    public let clip: CLIPModel
    /// What turns prompts into the judge's tokens.
    public let tokenizer: BytePairTokenizer
    /// The files that the models were read from, for the manifest.
    public let files: [ModelFile]

    /// Puts loaded models together; all must lie on the same backend.
    public init(vqgan: VQModel, clip: CLIPModel, tokenizer: BytePairTokenizer, files: [ModelFile] = []) {
        self.vqgan = vqgan
        self.clip = clip
        self.tokenizer = tokenizer
        self.files = files
    }

    /// Loads both models and the tokenizer, and notes the digests of the files.
    ///
    /// - Throws: `CheckpointError` where a file does not hold what it should, or the error of reading it.
    public static func load(_ paths: ModelPaths, on backend: any Backend) throws -> GuidanceModels {
        let vqgan = try VQModel.load(path: paths.vqgan, config: paths.vqganConfiguration, on: backend)
        let known = KnownCLIP.published(sha256: try ModelFile.digest(ofFile: paths.clip))
        let clip = try CLIPModel.load(
            path: paths.clip, config: paths.clipConfiguration, vocabulary: paths.vocabulary,
            hints: CLIPHints(known: known), on: backend)
        let roles: [(ModelFile.Role, String?)] = [
            (.vqganWeights, paths.vqgan), (.vqganConfiguration, paths.vqganConfiguration), (.clipWeights, paths.clip),
            (.clipConfiguration, paths.clipConfiguration), (.vocabulary, clip.configuration.vocabularyFile),
        ]
        // Reads the vocabulary, so that a missing one is named before its digest is asked for.
        let tokenizer = try clip.tokenizer()
        let files = try roles.compactMap { role, path in try path.map { try ModelFile(role: role, path: $0) } }
        return GuidanceModels(vqgan: vqgan, clip: clip, tokenizer: tokenizer, files: files)
    }

    /// Loads the models that a specification names.
    ///
    /// - Throws: `CheckpointError` as `load(_:on:)` does, or for a checkpoint without its configuration.
    public static func load(for spec: RenderSpec, on backend: any Backend) throws -> GuidanceModels {
        try load(try ModelPaths(for: spec), on: backend)
    }

    /// The specification with the digests of the models' weights filled in, as a manifest records it.
    public func resolving(_ spec: RenderSpec) -> RenderSpec {
        var resolved = spec
        resolved.vqgan.sha256 = digest(of: .vqganWeights) ?? spec.vqgan.sha256
        resolved.clip.sha256 = digest(of: .clipWeights) ?? spec.clip.sha256
        return resolved
    }

    private func digest(of role: ModelFile.Role) -> String? { files.first { $0.role == role }?.sha256 }

    /// Checks a specification against the models: their digests and its size; throws `RenderSpecError`.
    ///
    /// Texts of any length are fine: long ones are read in pieces.
    public func validate(_ spec: RenderSpec) throws(RenderSpecError) {
        for (key, wanted, role) in [
            ("vqgan", spec.vqgan, ModelFile.Role.vqganWeights), ("clip", spec.clip, .clipWeights),
        ] {
            guard let expected = wanted.sha256, let found = digest(of: role), expected != found else { continue }
            throw .conflict(
                "“\(key)” names the weights \(expected.prefix(12))… but the loaded ones are \(found.prefix(12))…")
        }
        try spec.validate(downsamplingFactor: vqgan.configuration.downsamplingFactor)
    }

    /// Checks what `validate(_:)` does, and that the pictures named fit the render and each other.
    public func validate(_ spec: RenderSpec, pictures: RenderPictures) throws(RenderError) {
        do { try validate(spec) } catch { throw .specification(error) }
        _ = try RegionView.all(of: spec, pictures: pictures, on: vqgan.codebook.backend)
        _ = try KeptRegion(of: spec, pictures: pictures, on: vqgan.codebook.backend)
    }
}
