public import CLIP
public import TensorCore
public import VQGAN

/// The painter and its judges with their tokenizers, loaded on one backend.
public struct GuidanceModels {
    /// The painter.
    public let vqgan: VQModel
    /// The judges that guide, one at least; the first one also chooses where a search starts.
    public let judges: [JudgeModel]
    /// The judge that scores the finished picture, if there is one; it does not guide.
    public let scorer: JudgeModel?
    /// The files that the models were read from, for the manifest; judges in their order.
    public let files: [ModelFile]

    /// The first judge.
    public var clip: CLIPModel { judges[0].clip }
    /// What turns prompts into the first judge's tokens.
    public var tokenizer: BytePairTokenizer { judges[0].tokenizer }

    /// Puts loaded models together; all must lie on the same backend.
    public init(vqgan: VQModel, judges: [JudgeModel], scorer: JudgeModel? = nil, files: [ModelFile] = []) {
        precondition(!judges.isEmpty, "a render needs a judge")
        self.vqgan = vqgan
        self.judges = judges
        self.scorer = scorer
        self.files = files
    }

    /// Puts a painter and a single judge together; both must lie on the same backend.
    public init(vqgan: VQModel, clip: CLIPModel, tokenizer: BytePairTokenizer, files: [ModelFile] = []) {
        self.init(vqgan: vqgan, judges: [JudgeModel(clip: clip, tokenizer: tokenizer)], files: files)
    }

    /// Loads all models and tokenizers, and notes the digests of the files.
    ///
    /// - Parameters:
    ///   - paths: where the files lie.
    ///   - activation: the nonlinearity of the judges where the user sets it.
    ///   - backend: where the models run.
    /// - Returns: the models.
    /// - Throws: `CheckpointError` where a file does not hold what it should, or the error of reading it.
    public static func load(
        _ paths: ModelPaths, activation: Activation? = nil, on backend: any Backend
    ) throws -> GuidanceModels {
        let vqgan = try VQModel.load(path: paths.vqgan, config: paths.vqganConfiguration, on: backend)
        // A rehearsal looks at shapes alone: it reads no weights, for digests neither.
        func file(_ role: ModelFile.Role, _ path: String) throws -> [ModelFile] {
            backend.computes ? [try ModelFile(role: role, path: path)] : []
        }
        var files = try file(.vqganWeights, paths.vqgan)
        if let path = paths.vqganConfiguration { files += try file(.vqganConfiguration, path) }
        func judge(
            _ paths: ModelPaths.Judge, _ roles: (ModelFile.Role, ModelFile.Role, ModelFile.Role)
        ) throws -> JudgeModel {
            let weights = try file(roles.0, paths.weights)
            let known =
                weights.first.flatMap { KnownCLIP.published(sha256: $0.sha256) } ?? paths.name.flatMap(KnownCLIP.named)
            let activation = activation ?? (backend.computes ? nil : .quickGELU)
            let clip = try CLIPModel.load(
                path: paths.weights, config: paths.configuration, vocabulary: paths.vocabulary,
                hints: CLIPHints(activation: activation, known: known), on: backend)
            // Reads the vocabulary, so that a missing one is named before its digest is asked for.
            let tokenizer = try clip.tokenizer()
            // It was sound; it is read again when there are texts to embed.
            clip.text.release()
            files += weights
            for case (let role, let path?) in [
                (roles.1, paths.configuration), (roles.2, clip.configuration.vocabularyFile),
            ] { files += try file(role, path) }
            return JudgeModel(clip: clip, tokenizer: tokenizer, weight: Float(paths.weight))
        }
        let judges = try paths.judges.map { try judge($0, (.clipWeights, .clipConfiguration, .vocabulary)) }
        let scorer = try paths.scorer.map {
            try judge($0, (.scorerWeights, .scorerConfiguration, .scorerVocabulary))
        }
        return GuidanceModels(vqgan: vqgan, judges: judges, scorer: scorer, files: files)
    }

    /// Loads the models that a specification names.
    ///
    /// - Parameters:
    ///   - spec: what names the models.
    ///   - backend: where they run.
    ///   - path: where the content of a reference lies; by default where its name says.
    /// - Returns: the models.
    /// - Throws: `CheckpointError` as `load(_:activation:on:)` does.
    public static func load(
        for spec: RenderSpec, on backend: any Backend, at path: (FileReference) -> String = \.name
    ) throws -> GuidanceModels {
        try load(try ModelPaths(for: spec, at: path), activation: spec.judging.activation?.activation, on: backend)
    }

    /// The specification with the digests of the models' weights filled in, as a manifest records it.
    public func resolving(_ spec: RenderSpec) -> RenderSpec {
        var resolved = spec
        resolved.vqgan.sha256 = digests(of: .vqganWeights).first ?? spec.vqgan.sha256
        for (index, digest) in digests(of: .clipWeights).enumerated() where index < resolved.clips.judges.count {
            resolved.clips.judges[index].file.sha256 = digest
        }
        if let digest = digests(of: .scorerWeights).first { resolved.judging.scorer?.sha256 = digest }
        return resolved
    }

    private func digests(of role: ModelFile.Role) -> [String] { files.filter { $0.role == role }.map(\.sha256) }

    /// Checks that the loaded weights are those that a specification names, and that no judge scores its own work.
    private func validateDigests(_ spec: RenderSpec) throws(RenderSpecError) {
        let wanted: [(key: String, files: [FileReference], role: ModelFile.Role)] = [
            ("vqgan", [spec.vqgan], .vqganWeights), ("clip", spec.clips.files, .clipWeights),
            ("judge", spec.judging.scorer.map { [$0] } ?? [], .scorerWeights),
        ]
        for (key, references, role) in wanted {
            for (reference, found) in zip(references, digests(of: role)) {
                guard let expected = reference.sha256, expected != found else { continue }
                throw .conflict(
                    "“\(key)” names the weights \(expected.prefix(12))… but the loaded ones are \(found.prefix(12))…")
            }
        }
        if let scorer = digests(of: .scorerWeights).first, digests(of: .clipWeights).contains(scorer) {
            throw .conflict(
                "“judge” holds the same weights as a model in “clip”: its score would be biased; name another CLIP")
        }
        guard judges.count == spec.clips.judges.count else {
            throw .conflict("“clip” names \(spec.clips.judges.count) models but \(judges.count) are loaded")
        }
    }

    /// Checks a specification against the models: their digests and its size; throws `RenderSpecError`.
    ///
    /// Texts of any length are fine: long ones are read in pieces.
    public func validate(_ spec: RenderSpec) throws(RenderSpecError) {
        try validateDigests(spec)
        try spec.validate(downsamplingFactor: vqgan.configuration.downsamplingFactor)
    }

    /// Checks what `validate(_:)` does, and that the pictures named fit the render and each other.
    public func validate(_ spec: RenderSpec, pictures: RenderPictures) throws(RenderError) {
        do { try validate(spec) } catch { throw .specification(error) }
        _ = try RegionView.all(of: spec, pictures: pictures, on: vqgan.codebook.backend)
        _ = try KeptRegion(of: spec, pictures: pictures, on: vqgan.codebook.backend)
    }
}
