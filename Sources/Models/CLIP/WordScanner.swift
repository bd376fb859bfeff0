/// Splits a cleaned text into words, as CLIP's regular expression does.
///
/// At every place the first of these that fits is taken: a special token, one of the contractions `'s 't 're 've 'm 'll
/// 'd`, a run of letters, a single number, a run of anything else that is no space.
enum WordScanner {
    private static let literals = [
        "<|startoftext|>", "<|endoftext|>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d",
    ].map { Array($0.unicodeScalars) }

    private enum Kind {
        case space
        case letter
        case number
        case other
    }

    static func words(of text: String) -> [String] {
        let scalars = Array(text.unicodeScalars)
        let kinds = scalars.map(kind)
        var words: [String] = []
        var position = 0
        while position < scalars.count {
            let start = position
            if let literal = literals.first(where: { scalars[start...].starts(with: $0) }) {
                position += literal.count
            } else {
                let first = kinds[position]
                position += 1
                if first == .letter || first == .other {
                    while position < kinds.count, kinds[position] == first { position += 1 }
                }
                if first == .space { continue }
            }
            var word = String.UnicodeScalarView()
            word.append(contentsOf: scalars[start..<position])
            words.append(String(word))
        }
        return words
    }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        if scalar.properties.isWhitespace { return .space }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        default: return .other
        }
    }
}
