import Foundation

/// The commit that a program built in its own repository was made from.
enum SourceCommit {
    /// The commit that is checked out above the executable; nil outside of a repository.
    static var current: String? {
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            let git = folder.appending(path: ".git")
            if FileManager.default.fileExists(atPath: git.path) { return head(of: git) }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    private static func head(of git: URL) -> String? {
        guard let head = text(of: git.appending(path: "HEAD")) else { return nil }
        guard head.hasPrefix("ref: ") else { return head }
        let name = String(head.dropFirst(5))
        if let commit = text(of: git.appending(path: name)) { return commit }
        let packed = text(of: git.appending(path: "packed-refs"))?.split(separator: "\n")
        return packed?.first { $0.hasSuffix(" " + name) }.map { String($0.prefix { $0 != " " }) }
    }

    private static func text(of file: URL) -> String? {
        (try? String(contentsOf: file, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
