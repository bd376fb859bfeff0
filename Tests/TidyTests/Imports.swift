/// Reads the imports of Swift sources.
enum Imports {
    /// The modules imported by a source without comments and literals, in order, each without its submodule.
    static func modules(of code: String) -> [String] {
        let pattern =
            /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|var|let)\s+)?(\w+)/
            .anchorsMatchLineEndings()
        return code.matches(of: pattern).map { String($0.output.1) }
    }

    /// One line for every import that a target's row of the plan does not allow.
    static func violations(in file: Repository.File, target: String, allowed: [String: Set<String>]) -> [String] {
        guard let row = allowed[target] else { return ["\(file.path): the plan has no target \(target)"] }
        return modules(of: file.code).filter { !row.contains($0) }.map {
            "\(file.path): \(target) may not import \($0)"
        }
    }

    /// The target a source file belongs to: its folder under `Sources`, or the folder below that.
    static func target(ofPath path: String, among targets: some Collection<String>) -> String? {
        path.split(separator: "/").dropFirst().prefix(2).map(String.init).first(where: targets.contains)
    }
}
