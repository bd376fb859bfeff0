/// Swift source text without what is not code.
enum SourceText {
    /// The text with comments and the contents of string literals left out, and the same number of lines.
    ///
    /// Enough for a search for words, not a parser: code inside an interpolation may be lost.
    static func code(of text: String) -> String {
        var code = ""
        var rest = text[...]
        while let character = rest.first {
            if rest.hasPrefix("//") {
                rest = rest[(rest.firstIndex(of: "\n") ?? rest.endIndex)...]
            } else if rest.hasPrefix("\"\"\"") {
                skipLiteral(quote: "\"\"\"", in: &rest, keepingLinesOf: &code)
            } else if character == "\"" {
                skipLiteral(quote: "\"", in: &rest, keepingLinesOf: &code)
            } else {
                code.append(character)
                rest.removeFirst()
            }
        }
        return code
    }

    private static func skipLiteral(quote: String, in rest: inout Substring, keepingLinesOf code: inout String) {
        rest.removeFirst(quote.count)
        while let character = rest.first {
            if rest.hasPrefix(quote) {
                rest.removeFirst(quote.count)
                break
            }
            if character == "\n" {
                // A one-line literal cannot go on: whatever this was, the next line is code again.
                if quote.count == 1 { break }
                code.append("\n")
            }
            rest.removeFirst(character == "\\" && rest.count > 1 ? 2 : 1)
        }
        code += "\"\""
    }
}
