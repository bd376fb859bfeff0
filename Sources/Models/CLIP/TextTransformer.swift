import Checkpoints
import TensorCore

/// CLIP's text tower: a causal transformer (Radford et al., "Language models are unsupervised multitask learners",
/// 2019) whose row at the end of the text is the text's embedding.
struct TextTransformer {
    private let tokenEmbedding: Tensor
    private let positions: Tensor
    private let transformer: Transformer
    private let normFinal: LayerNorm
    private let projection: Linear
    private let configuration: CLIPConfiguration

    /// Reads the tensors at the top of the checkpoint.
    init(_ weights: Weights, _ configuration: CLIPConfiguration) throws(CheckpointError) {
        let tower = configuration.text
        tokenEmbedding = try weights.matrix(
            "token_embedding.weight", rows: configuration.vocabularySize, columns: tower.width)
        positions = try weights.matrix("positional_embedding", rows: configuration.contextLength, columns: tower.width)
        transformer = try Transformer(weights.scope("transformer"), tower, causal: true)
        normFinal = try weights.layerNorm("ln_final", channels: tower.width, epsilon: tower.epsilon)
        projection = Linear(
            weight: try weights.matrix("text_projection", rows: tower.width, columns: configuration.embedDim)
                .transposed(), bias: nil)
        self.configuration = configuration
    }

    /// Embeddings `[n, d]` of token sequences; not normalised.
    ///
    /// Each holds 1 ... `contextLength` tokens of the vocabulary. Rows after the end of a text never reach it, because
    /// attention is causal; so only the longest text's length is computed, and padding does not matter.
    func callAsFunction(_ tokens: [[Int]]) -> Tensor {
        precondition(!tokens.isEmpty, "no texts to embed")
        for sequence in tokens {
            precondition(
                (1...configuration.contextLength).contains(sequence.count)
                    && sequence.allSatisfy { (0..<configuration.vocabularySize).contains($0) },
                "a text has 1 ... \(configuration.contextLength) tokens below \(configuration.vocabularySize), "
                    + "got \(sequence)")
        }
        let ends = tokens.map(endPosition)
        let length = 1 + ends.reduce(0, max)
        let (count, width, backend) = (tokens.count, configuration.text.width, tokenEmbedding.backend)
        let padded = tokens.flatMap { row in (0..<length).map { $0 < row.count ? Float(row[$0]) : 0 } }
        let embedded = Tensor.apply(
            .gather, [tokenEmbedding, Tensor(padded, shape: [count, length], on: backend)])
        let rows = transformer(embedded + positions.slice(axis: 0, start: 0, count: length))
        let picks = zip(0..., ends).map { Float($0 * length + $1) }
        let summary = Tensor.apply(
            .gather, [rows.reshaped(to: [count * length, width]), Tensor(picks, shape: [count], on: backend)])
        return projection(normFinal(summary))
    }

    /// Where a text ends: at the first end-of-text token, else at the first of the highest numbers.
    private func endPosition(_ tokens: [Int]) -> Int {
        if let end = configuration.endOfText, let position = tokens.firstIndex(of: end) { return position }
        return tokens.indices.reduce(0) { tokens[$1] > tokens[$0] ? $1 : $0 }
    }
}
