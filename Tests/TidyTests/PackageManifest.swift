/// The targets and tests that `Package.swift` names, read from its text.
struct PackageManifest {
    /// The targets with Swift code of ours.
    let targets: Set<String>

    /// What each test target depends on.
    let tests: [String: Set<String>]

    /// Reads calls of `target(`, `tests(`, `.executableTarget(` and `.testTarget(`.
    init(parsing text: String) {
        let target = /[^.\w]target\(\s*"(\w+)"/
        let executable = /\.executableTarget\(\s*name:\s*"(\w+)"/
        let test = /(?:[^.\w]tests\(\s*|\.testTarget\(\s*name:\s*)"(\w+)",(?:\s*dependencies:)?\s*\[([^\]]*)\]/
        targets = Set(text.matches(of: target).map { String($0.output.1) })
            .union(text.matches(of: executable).map { String($0.output.1) })
        tests = Dictionary(
            text.matches(of: test).map { match in
                let names = match.output.2.matches(of: /"(\w+)"/).map { String($0.output.1) }
                return (String(match.output.1), Set(names))
            }, uniquingKeysWith: { $0.union($1) })
    }

    /// The targets that no test target depends on.
    var untested: [String] {
        targets.filter { target in !tests.values.contains { $0.contains(target) } }.sorted()
    }
}
