import CLIP
import Checkpoints
import TensorCore

/// The checks of a folder of kind `clip`.
struct ParityCLIP {
    let model: CLIPModel
    private let folder: ParityFolder
    private let backend: any Backend
    private let texts: [String]
    /// Nil where the folder brings no vocabulary and the model does not have the published one.
    private let tokenizer: BytePairTokenizer?

    init(_ folder: ParityFolder, _ backend: any Backend) throws(CheckpointError) {
        let checkpoint = try openCheckpoint(at: folder.requiredFile("checkpoint"))
        var configuration = try Self.configuration(folder, checkpoint)
        configuration.vocabularyFile = try folder.file("vocabulary") ?? configuration.vocabularyFile
        model = try CLIPModel.load(checkpoint: checkpoint, configuration: configuration, on: backend)
        texts = try folder.about.textsIfGiven("texts") ?? []
        let hasVocabulary =
            configuration.vocabularyFile != nil || configuration.vocabularySize == BytePairTokenizer.publishedSize
        tokenizer = hasVocabulary ? try model.tokenizer() : nil
        self.folder = folder
        self.backend = backend
    }

    /// From the configuration file, else from `hyper` in OpenAI's terms, else from the weights.
    private static func configuration(
        _ folder: ParityFolder, _ checkpoint: any Checkpoint
    ) throws(CheckpointError) -> CLIPConfiguration {
        let hints = CLIPHints(activation: try folder.about.activation("activation"))
        if let path = try folder.file("config") {
            return try CLIPConfiguration(path: path, of: checkpoint, hints: hints)
        }
        let keys = try openAIKeys(of: checkpoint)
        guard let hyper = try folder.about.sectionIfGiven("hyper") else {
            return try CLIPConfiguration(of: keys, hints: hints)
        }
        return try CLIPConfiguration(openAI: hyper, hints: hints.completed(by: keys))
    }

    func rows(tolerance: Float) throws(CheckpointError) -> [ParityReport.Row] {
        var rows: [ParityReport.Row] = []
        let dimension = model.configuration.embedDim
        // The first text; where a folder has embeddings without tokens, they are taken as given.
        var prompt = try folder.tensor("text_embedding").map { $0.values.prefix(dimension) }
        if let tokens = try tokens() {
            if let tokenizer, texts.count == tokens.count {
                let found = texts.flatMap { Self.fitted($0, tokenizer, length: tokens[0].count).map(Float.init) }
                rows.append(
                    ParityReport.Row(
                        "tokens", [tokens.count, tokens[0].count], expected: tokens.flatMap { $0.map(Float.init) },
                        found: found, tolerance: 0))
            }
            let embedding = try model.encodeText(tokens).values
            prompt = embedding.prefix(dimension)
            if let expected = try folder.tensor("text_embedding", [tokens.count, dimension]) {
                rows.append(
                    ParityReport.Row(
                        "text_embedding", expected.shape, expected: expected.values, found: embedding,
                        tolerance: tolerance))
            }
        }
        let target = prompt.flatMap {
            $0.count == dimension ? Tensor(Array($0), shape: [1, dimension], on: backend) : nil
        }
        return rows + (try ParityVision(model.vision, folder, backend).rows(prompt: target, tolerance: tolerance))
    }

    /// The embedding `[1, d]` of a prompt: by the tokenizer, or by the stored tokens of a text that equals it.
    func embedding(of prompt: String) throws(CheckpointError) -> Tensor {
        if let tokenizer {
            return try model.encodeText([Self.fitted(prompt, tokenizer, length: model.configuration.contextLength)])
        }
        guard let row = texts.firstIndex(of: prompt), let tokens = try tokens(), row < tokens.count else {
            throw folder.about.error("texts", "do not hold the prompt, and there is no vocabulary to make its tokens")
        }
        return try model.encodeText([tokens[row]])
    }

    /// The expected tokens, one row a text, checked to be tokens of the model.
    private func tokens() throws(CheckpointError) -> [[Int]]? {
        guard let stored = try folder.tensor("tokens") else { return nil }
        let (context, vocabulary) = (model.configuration.contextLength, model.configuration.vocabularySize)
        guard stored.shape.rank == 2, stored.shape[1] <= context else {
            throw folder.refused("tokens", "has shape \(stored.shape), expected n×T with T up to \(context)")
        }
        guard stored.values.allSatisfy({ $0 >= 0 && $0 < Float(vocabulary) && $0 == $0.rounded() }) else {
            throw folder.refused("tokens", "holds numbers that are no tokens of a vocabulary of \(vocabulary)")
        }
        let length = stored.shape[1]
        return (0..<stored.shape[0]).map { row in
            stored.values[row * length..<(row + 1) * length].map { Int($0) }
        }
    }

    /// A sequence of exactly `length`: a text that is too long is cut, and its last token is the end, as the reference
    /// implementations do on request.
    private static func fitted(_ text: String, _ tokenizer: BytePairTokenizer, length: Int) -> [Int] {
        if let tokens = try? tokenizer.tokens(text, contextLength: length) { return tokens }
        let kept = ([tokenizer.startOfText] + tokenizer.encode(text)).prefix(max(0, length - 1))
        return kept + [tokenizer.endOfText]
    }
}
