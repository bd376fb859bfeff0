public import Checkpoints

/// CLIP's byte-pair tokenizer (Sennrich, Haddow and Birch 2016), on bytes as GPT-2's.
///
/// Tokens are numbered so: 256 bytes, the same 256 at the end of a word, one token per merge, start of text, end of
/// text. A text is cleaned, split into words, and each word's neighbouring pair of the lowest rank is joined until no
/// pair is left that the vocabulary knows.
public struct BytePairTokenizer: Sendable {
    /// A pair of neighbouring tokens.
    private struct Pair: Hashable {
        let left: Int32
        let right: Int32
    }

    /// Rank of every merge and the token it gives.
    private var merges: [Pair: (rank: Int, token: Int32)] = [:]
    /// Number of a token; differs from its place only where a vocabulary spells one token twice.
    private var numbers: [Int]

    /// Number of tokens, start and end included.
    public let vocabularySize: Int
    /// The token that begins a sequence, `<|startoftext|>`.
    public var startOfText: Int { vocabularySize - 2 }
    /// The token that ends a sequence, `<|endoftext|>`; the highest number.
    public var endOfText: Int { vocabularySize - 1 }

    /// Size of the vocabulary that OpenAI published, which most models use.
    public static let publishedSize = 49408

    /// Reads a vocabulary: a header line, then one merge a line, as text or as a gzip file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - vocabularySize: how many tokens the model has; nil takes every line. The published file holds more merges
    ///     than are used, so the size says where to stop.
    /// - Throws: `CheckpointError` where a line is no merge of tokens before it, or lines are too few.
    public init(path: String, vocabularySize: Int? = nil) throws(CheckpointError) {
        let bytes = try readUnpacked(path)
        func malformed(_ message: String) -> CheckpointError {
            CheckpointError(
                path: path, message: "is not a byte-pair vocabulary: \(message)",
                hint: "it should hold a header line and then merges of two tokens, such as CLIP's "
                    + "bpe_simple_vocab_16e6.txt.gz")
        }
        guard vocabularySize ?? 514 >= 514 else {
            throw malformed("the model has \(vocabularySize ?? 0) tokens, fewer than the 514 of an empty one")
        }
        var tokens: [String: Int32] = [:]
        for (index, character) in ByteAlphabet.characters.enumerated() {
            tokens[String(character)] = Int32(index)
            tokens["\(character)</w>"] = Int32(256 + index)
        }
        numbers = Array(0..<512)
        let wanted = vocabularySize.map { $0 - 514 }
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).dropFirst().enumerated() {
            if index == wanted { break }
            guard index < Limits.vocabularySize else { throw malformed("it has more than \(index) merges") }
            let parts = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 2, let left = tokens[parts[0]], let right = tokens[parts[1]] else {
                let text = String(decoding: line.prefix(40), as: UTF8.self)
                throw malformed("line \(index + 2), '\(text)', joins no two tokens of the lines before")
            }
            let place = Int32(numbers.count)
            numbers.append(Int(place))
            // A token spelled twice is one token: it keeps its first place and takes the last number.
            let token = tokens[parts[0] + parts[1]] ?? place
            tokens[parts[0] + parts[1]] = token
            numbers[Int(token)] = Int(place)
            merges[Pair(left: left, right: right)] = (index, token)
        }
        self.vocabularySize = numbers.count + 2
        if let vocabularySize, self.vocabularySize != vocabularySize {
            throw malformed(
                "its \(numbers.count - 512) merges make \(self.vocabularySize) tokens, "
                    + "but the model has \(vocabularySize)")
        }
    }

    /// The vocabulary that OpenAI published.
    public static func published() throws(CheckpointError) -> BytePairTokenizer {
        let path = try ResourceFolder.path(of: "bpe_simple_vocab_16e6.txt.gz", in: "CLIP")
        return try BytePairTokenizer(path: path, vocabularySize: publishedSize)
    }

    /// The vocabulary of a model: the file that its configuration names, else the published one if its size fits.
    public init(for configuration: CLIPConfiguration) throws(CheckpointError) {
        if let path = configuration.vocabularyFile {
            try self.init(path: path, vocabularySize: configuration.vocabularySize)
        } else if configuration.vocabularySize == Self.publishedSize {
            self = try Self.published()
        } else {
            throw CheckpointError(
                path: "vocabulary",
                message: "the model has \(configuration.vocabularySize) tokens, which is not the published vocabulary",
                hint: "name the vocabulary's file")
        }
    }

    /// Tokens of a text, without start and end.
    public func encode(_ text: String) -> [Int] {
        WordScanner.words(of: TextCleaning.clean(text)).flatMap { tokens(ofWord: $0) }
    }

    private func tokens(ofWord word: String) -> [Int] {
        switch word {
        case "<|startoftext|>": [startOfText]
        case "<|endoftext|>": [endOfText]
        default: merged(word)
        }
    }

    /// A sequence for the text tower: start, the text's tokens, end, zeros up to `contextLength`.
    ///
    /// - Throws: `TokenizerError.tooLong` for a text that does not fit.
    public func tokens(_ text: String, contextLength: Int) throws(TokenizerError) -> [Int] {
        let tokens = encode(text)
        guard tokens.count + 2 <= contextLength else {
            throw .tooLong(text: text, tokens: tokens.count, limit: contextLength - 2)
        }
        let sequence = [startOfText] + tokens + [endOfText]
        return sequence + repeatElement(0, count: contextLength - sequence.count)
    }

    /// A text as sequences that fit the text tower, with the number of tokens of each without start and end.
    ///
    /// A text that fits is one sequence, that of `tokens(_:contextLength:)`. A longer one is cut between words, and
    /// within a word only if the word alone is too long.
    public func pieces(of text: String, contextLength: Int) -> [(sequence: [Int], count: Int)] {
        let room = contextLength - 2
        precondition(room > 0, "a context of \(contextLength) tokens has no room for a text")
        var pieces: [[Int]] = [[]]
        for word in WordScanner.words(of: TextCleaning.clean(text)) {
            let tokens = self.tokens(ofWord: word)
            for start in stride(from: 0, to: tokens.count, by: room) {
                let part = tokens[start..<min(start + room, tokens.count)]
                if pieces[pieces.count - 1].count + part.count > room { pieces.append([]) }
                pieces[pieces.count - 1] += part
            }
        }
        return pieces.map { tokens in
            let sequence = [startOfText] + tokens + [endOfText]
            return (sequence + repeatElement(0, count: contextLength - sequence.count), tokens.count)
        }
    }

    /// Joins pairs of a word until none is known.
    private func merged(_ word: String) -> [Int] {
        var parts = word.utf8.map { Int32(ByteAlphabet.tokenOfByte[Int($0)]) }
        guard !parts.isEmpty else { return [] }
        parts[parts.count - 1] += 256
        while parts.count > 1 {
            var best: (pair: Pair, rank: Int, token: Int32)?
            for index in 1..<parts.count {
                let pair = Pair(left: parts[index - 1], right: parts[index])
                if let merge = merges[pair], merge.rank < best?.rank ?? .max { best = (pair, merge.rank, merge.token) }
            }
            guard let best else { break }
            var joined: [Int32] = []
            var index = 0
            while index < parts.count {
                let isPair = index + 1 < parts.count && Pair(left: parts[index], right: parts[index + 1]) == best.pair
                joined.append(isPair ? best.token : parts[index])
                index += isPair ? 2 : 1
            }
            parts = joined
        }
        return parts.map { numbers[Int($0)] }
    }
}

/// Why a text could not be made into tokens.
public enum TokenizerError: Error, Equatable, CustomStringConvertible {
    /// The text has more tokens than the model takes.
    case tooLong(text: String, tokens: Int, limit: Int)

    /// One line that says what to do.
    public var description: String {
        switch self {
        case .tooLong(let text, let tokens, let limit):
            "the prompt '\(text.prefix(40))…' has \(tokens) tokens, but the model takes \(limit); shorten it or split it "
                + "into several prompts"
        }
    }
}
