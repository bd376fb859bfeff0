/// Reads grammars in ABNF (RFC 5234) and says what is wrong with them.
///
/// It checks the form of each rule, that every name is defined once, and that what is used is defined; it does not parse
/// with them.
struct ABNF {
    /// Names of RFC 5234's appendix that need no rule.
    private static let core: Set = [
        "alpha", "bit", "char", "crlf", "digit", "dquote", "hexdig", "octet", "vchar", "wsp",
    ]

    private(set) var problems: [String] = []
    private var defined: Set<String> = []
    private var used: Set<String> = []

    /// Reads a grammar: rules, each beginning at the left edge, with comments after `;`.
    init(_ text: String) {
        for rule in ABNF.rules(text) { read(rule) }
        for name in used.sorted() where !defined.contains(name) && !ABNF.core.contains(name) {
            problems.append("\(name) is used and not defined")
        }
    }

    /// Names of all rules.
    var names: [String] { defined.sorted() }

    private static func rules(_ text: String) -> [String] {
        var rules: [String] = []
        for line in text.split(separator: "\n") {
            let code = withoutComment(line)
            guard code.contains(where: { $0 != " " }) else { continue }
            if code.hasPrefix(" "), !rules.isEmpty {
                rules[rules.count - 1] += " " + code
            } else {
                rules.append(code)
            }
        }
        return rules
    }

    private static func withoutComment(_ line: Substring) -> String {
        var isQuoted = false
        var code = ""
        for character in line {
            if character == "\"" { isQuoted.toggle() }
            if character == ";", !isQuoted { break }
            code.append(character)
        }
        return code
    }

    private mutating func read(_ rule: String) {
        guard let equals = rule.firstIndex(of: "=") else { return problems.append("no rule: \(rule)") }
        let name = rule[..<equals].filter { $0 != " " }.lowercased()
        guard ABNF.isName(name) else { return problems.append("no name: \(rule)") }
        if !defined.insert(name).inserted { problems.append("\(name) is defined twice") }
        var tokens = ABNF.tokens(rule[rule.index(after: equals)...])[...]
        guard alternation(&tokens), tokens.isEmpty else {
            return problems.append("\(name) is not well formed near \(tokens.first ?? "its end")")
        }
    }

    // MARK: - The grammar of grammars

    private mutating func alternation(_ tokens: inout ArraySlice<String>) -> Bool {
        repeat {
            var elements = 0
            while let token = tokens.first, !["/", ")", "]"].contains(token) {
                guard element(&tokens) else { return false }
                elements += 1
            }
            guard elements > 0 else { return false }
        } while take("/", &tokens)
        return true
    }

    private mutating func element(_ tokens: inout ArraySlice<String>) -> Bool {
        if let token = tokens.first, token.allSatisfy({ $0.isNumber || $0 == "*" }) { tokens = tokens.dropFirst() }
        guard let token = tokens.popFirst() else { return false }
        switch token {
        case "(": return alternation(&tokens) && take(")", &tokens)
        case "[": return alternation(&tokens) && take("]", &tokens)
        default: break
        }
        if token.hasPrefix("\"") { return token.count >= 2 && token.hasSuffix("\"") }
        if token.hasPrefix("%") { return ABNF.isNumericValue(token) }
        guard ABNF.isName(token.lowercased()) else { return false }
        used.insert(token.lowercased())
        return true
    }

    private func take(_ token: String, _ tokens: inout ArraySlice<String>) -> Bool {
        guard tokens.first == token else { return false }
        tokens = tokens.dropFirst()
        return true
    }

    /// `%xAA`, `%xAA-FF` or `%xAA.BB`, also with `d` or `b`.
    private static func isNumericValue(_ token: String) -> Bool {
        var digits = token.dropFirst()
        guard let base = digits.popFirst()?.lowercased(), ["x", "d", "b"].contains(base) else { return false }
        let allowed = base == "x" ? "0123456789abcdef" : base == "d" ? "0123456789" : "01"
        let parts = digits.lowercased().split(whereSeparator: { ".-".contains($0) })
        return !parts.isEmpty && parts.allSatisfy { $0.allSatisfy(allowed.contains) }
    }

    private static func isName(_ text: String) -> Bool {
        text.first?.isLetter == true && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }

    private static func tokens(_ text: Substring) -> [String] {
        var tokens: [String] = []
        var rest = text
        while let first = rest.first {
            if first == " " {
                rest = rest.dropFirst()
            } else if "()[]/".contains(first) {
                tokens.append(String(first))
                rest = rest.dropFirst()
            } else if first == "\"" {
                let end = rest.dropFirst().firstIndex(of: "\"").map { rest.index(after: $0) } ?? rest.endIndex
                tokens.append(String(rest[..<end]))
                rest = rest[end...]
            } else if first.isNumber || first == "*" {
                let token = rest.prefix { $0.isNumber || $0 == "*" }
                tokens.append(String(token))
                rest = rest[token.endIndex...]
            } else {
                let token = rest.prefix { !" ()[]/\"".contains($0) }
                tokens.append(String(token))
                rest = rest[token.endIndex...]
            }
        }
        return tokens
    }
}
