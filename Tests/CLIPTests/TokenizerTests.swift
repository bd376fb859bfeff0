import CLIP
import Checkpoints
import Foundation
import StarterModel
import Testing

@Suite("Byte-pair tokenizer")
struct TokenizerTests {
    static let published = Result { try BytePairTokenizer.published() }

    /// Token numbers of OpenAI's vocabulary, made by an independent implementation.
    static let golden: [(String, [Int])] = [
        ("a diagram", [320, 22697]),
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("A cute, smiling, Nerdy Rodent", [320, 2242, 267, 9200, 267, 33124, 532, 1258]),
        ("A painting of an apple in a fruit bowl", [320, 3086, 539, 550, 3055, 530, 320, 5190, 3814]),
        ("a painting of a lighthouse in a storm", [320, 3086, 539, 320, 13717, 530, 320, 2819]),
        ("hello world!!!?", [3306, 1002, 1443, 6004]),
        ("it's 2021 &amp;amp; we're here", [585, 568, 273, 271, 273, 272, 261, 649, 982, 763]),
        ("  mixed   CASE\n\ttext ", [6780, 2068, 4160]),
        ("1234", [272, 273, 274, 275]),
        ("don't", [847, 713]),
        ("the quick-brown fox_jumps", [518, 3712, 268, 2866, 3240, 318, 18911]),
        ("supercalifragilisticexpialidocious", [1642, 2857, 13093, 2076, 5868, 26850, 835, 639, 38466]),
        ("caf\u{E9}", [15304]),
        ("\u{65E5}\u{672C}", [39121, 19277, 361]),
        ("\u{1F642}", [14860]),
        ("<|endoftext|>", [49407]),
        ("", []),
        // From OpenCLIP's tokenizer, with ftfy at work.
        (
            "it's 3:45pm, the Caf\u{E9}'s neon-sign glows!!  (oil on canvas)",
            [
                585, 568, 274, 281, 275, 276, 990, 267, 518, 15304, 568, 13919, 268, 2292, 48107, 748, 263, 2870, 525,
                7483,
                264,
            ]
        ),
        ("\u{6771}\u{4EAC} \u{1F5FC} at night", [48338, 21078, 361, 7045, 376, 536, 930]),
    ]

    @Test("Texts become the numbers of OpenAI's tokenizer", arguments: golden.indices)
    func goldenVectors(index: Int) throws {
        let (text, tokens) = Self.golden[index]
        #expect(try Self.published.get().encode(text) == tokens, "\(text)")
    }

    @Test("The published vocabulary has 49408 tokens, the last two being start and end")
    func specials() throws {
        let tokenizer = try Self.published.get()
        #expect(tokenizer.vocabularySize == 49408)
        #expect(tokenizer.startOfText == 49406 && tokenizer.endOfText == 49407)
        #expect(tokenizer.encode("!") == [256] && tokenizer.encode("<|startoftext|>") == [49406])
    }

    @Test("A sequence is framed and padded with zeros")
    func framed() throws {
        let tokens = try Self.published.get().tokens("a photo of a cat", contextLength: 10)
        #expect(tokens == [49406, 320, 1125, 539, 320, 2368, 49407, 0, 0, 0])
        #expect(try Self.published.get().tokens("a photo of a cat", contextLength: 7).last == 49407)
    }

    @Test("A text that is too long is refused with its length and the limit")
    func tooLong() throws {
        let tokenizer = try Self.published.get()
        let error = #expect(throws: TokenizerError.self) {
            try tokenizer.tokens(String(repeating: "cat ", count: 76), contextLength: 77)
        }
        #expect(error?.description.contains("76 tokens") == true && error?.description.contains("takes 75") == true)
        #expect(try tokenizer.tokens(String(repeating: "cat ", count: 75), contextLength: 77).count == 77)
    }

    @Test(
        "Texts that mean the same become the same tokens",
        arguments: [
            ("cafe\u{301}", "caf\u{E9}"), ("don\u{2019}t", "don't"), ("\u{201C}hi\u{201D}", "\"hi\""),
            ("\u{FB01}sh", "fish"), ("\u{FF21}\u{FF22}\u{3000}c", "ab c"), ("a\u{A0}b", "a b"), ("x\u{7}y", "xy"),
            ("\u{1B}[31mred\u{1B}[0m", "red"), ("&lt;b&gt; &eacute; &#233; &#xE9;", "<b> \u{E9} \u{E9} \u{E9}"),
            ("fish &amp; chips", "fish & chips"), ("fish &amp chips", "fish & chips"), ("&hearts;", "\u{2665}"),
            ("AT&T &unknown; &", "at&t &unknown; &"), ("&#150;", "\u{2013}"), ("a\u{93}b\u{94}", "a\"b\""),
            ("\u{149}", "'n"),
            ("\u{FFEF}", "\u{FFEF}"),
        ])
    func cleaned(text: String, plain: String) throws {
        let tokenizer = try Self.published.get()
        #expect(tokenizer.encode(text) == tokenizer.encode(plain))
    }

    @Test("Words are split as the regular expression splits them")
    func split() throws {
        let tokenizer = try Self.published.get()
        func joined(_ words: String...) -> [Int] { words.flatMap { tokenizer.encode($0) } }
        #expect(tokenizer.encode("we'll've") == joined("we", "'ll", "'ve"))
        #expect(tokenizer.encode("a1b22") == joined("a", "1", "b", "2", "2"))
        #expect(tokenizer.encode("x!'s") == joined("x", "!'", "s"))
        #expect(tokenizer.encode("\u{BD}\u{2167}") == joined("\u{BD}", "\u{2167}"))
    }

    @Test("A vocabulary of its own brings its size and its special tokens, packed or plain")
    func ownVocabulary() throws {
        let starter = try StarterModel()
        let configuration = try CLIPConfiguration(path: starter.clipConfiguration)
        let path = try #require(configuration.vocabularyFile)
        let tokenizer = try BytePairTokenizer(path: path)
        #expect(tokenizer.vocabularySize == configuration.vocabularySize)
        #expect(tokenizer.endOfText == configuration.endOfText)
        let unpacked = NSTemporaryDirectory() + "merges-\(UUID().uuidString).txt"
        defer { try? FileManager.default.removeItem(atPath: unpacked) }
        try Data(readUnpacked(path)).write(to: URL(fileURLWithPath: unpacked))
        let plain = try BytePairTokenizer(path: unpacked, vocabularySize: configuration.vocabularySize)
        let text = "a red circle on a blue background"
        #expect(plain.encode(text) == tokenizer.encode(text))
    }

    @Test(
        "A file that is no vocabulary, or one of another size, is refused",
        arguments: [
            ("#version\na b\nab zz\n", nil, "line 3"), ("#version\na b c\n", nil, "line 2"),
            ("#version\na b\n", 600, "515"),
            ("#version\n", 513, "fewer than the 514"),
        ] as [(String, Int?, String)])
    func malformed(text: String, size: Int?, expected: String) throws {
        let path = NSTemporaryDirectory() + "vocabulary-\(UUID().uuidString).txt"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: CheckpointError.self) { try BytePairTokenizer(path: path, vocabularySize: size) }
        #expect(error?.message.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test("A token that two merges spell has one number, the last")
    func spelledTwice() throws {
        let path = NSTemporaryDirectory() + "vocabulary-\(UUID().uuidString).txt"
        defer { try? FileManager.default.removeItem(atPath: path) }
        // 512 "ab", 513 "bc", 514 "abc" from ab+c, 515 "abc" from a+bc, 516 "abcd</w>".
        try "#\na b\nb c\nab c\na bc\nabc d</w>\n".write(toFile: path, atomically: true, encoding: .utf8)
        let tokenizer = try BytePairTokenizer(path: path)
        #expect(tokenizer.encode("abcd") == [516] && tokenizer.encode("abce").first == 515)
        #expect(tokenizer.vocabularySize == 519)
    }
}
