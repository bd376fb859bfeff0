/// Words that may not occur in some places.
struct BannedWord {
    let word: String
    let reason: String

    /// Whether the word counts in comments too.
    var isAlsoInComments = false

    /// What excuses the word when it stands on the same line.
    var excuse: String?

    /// Whether a file at this path is held to the rule.
    let applies: @Sendable (_ path: String) -> Bool

    static let all: [BannedWord] =
        [
            BannedWord(word: "try!", reason: "errors are handled or passed on") { _ in true },
            BannedWord(word: "as!", reason: "a failed cast is an error with a message") { _ in true },
            BannedWord(word: "fatalError(", reason: "use precondition with the values, or throw") { _ in true },
            BannedWord(word: "TODO", reason: "finish it or leave it out", isAlsoInComments: true) { _ in true },
            BannedWord(word: "FIXME", reason: "finish it or leave it out", isAlsoInComments: true) { _ in true },
            BannedWord(word: "-Ounchecked", reason: "preconditions stay on", isAlsoInComments: true) { _ in true },
            BannedWord(word: "print(", reason: "only the command prints; libraries log or return") {
                $0.hasPrefix("Sources/") && !$0.hasPrefix("Sources/atelier/")
            },
        ]
        + [
            "Date()", "SystemRandomNumberGenerator", ".random(", ".randomElement(", ".shuffled(", "UUID()",
            "ContinuousClock", "SuspendingClock", "Task.sleep", "clock_gettime", "getrandom", "Foundation",
        ].map { word in
            // A generator that is passed in is an argument like any other.
            BannedWord(
                word: word, reason: "time, seeds and identifiers are arguments of pure targets", excuse: "using:"
            ) { path in
                Plan.pure.contains { path.contains("/\($0)/") && path.hasPrefix("Sources/") }
            }
        }

    /// One line for every occurrence in a file.
    func violations(in file: Repository.File) -> [String] {
        guard applies(file.path) else { return [] }
        let text = isAlsoInComments ? file.text : file.code
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            occurs(in: line) && !(excuse.map(line.contains) ?? false)
                ? "\(file.path):\(index + 1): \(word) (\(reason))" : nil
        }
    }

    /// Whether the word stands alone in a line: `print(` is not in `blueprint(`, nor in `debug.print(`.
    private func occurs(in line: Substring) -> Bool {
        line.ranges(of: word).contains { range in
            let before = range.lowerBound > line.startIndex ? line[line.index(before: range.lowerBound)] : " "
            let after = range.upperBound < line.endIndex ? line[range.upperBound] : " "
            let startsInside = isPartOfName(word.first ?? " ") && (isPartOfName(before) || before == ".")
            let endsInside = isPartOfName(word.last ?? " ") && isPartOfName(after)
            return !startsInside && !endsInside
        }
    }

    private func isPartOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}

/// The rule that whoever switches a concurrency check off says what guards the state.
enum UncheckedSendability {
    /// One line for every unchecked declaration without a comment "guarded by" on it or in the five lines above.
    static func violations(in file: Repository.File) -> [String] {
        let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
        let code = file.code.split(separator: "\n", omittingEmptySubsequences: false)
        return code.indices.compactMap { index in
            guard code[index].contains("@unchecked Sendable") || code[index].contains("nonisolated(unsafe)")
            else { return nil }
            let isExplained = lines[max(0, index - 5)...index].contains { $0.lowercased().contains("guarded by") }
            return isExplained ? nil : "\(file.path):\(index + 1): say what it is guarded by"
        }
    }
}
