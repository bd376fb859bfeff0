import Foundation

/// The small text files in which the kernel tells of itself, such as those below `/proc`.
public enum SystemFile {
    /// The text of a file; empty where there is none.
    public static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    /// A size from a line such as `MemAvailable:  12 kB`, in octets; nil if there is no such line.
    public static func bytes(of key: String, in text: String) -> Int? {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(key + ":") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, let kibibytes = Int(words[1]), kibibytes <= Int.max / 1024 else { return nil }
            return kibibytes * 1024
        }
        return nil
    }

    /// The number behind a word at the begin of a line; nil if there is none.
    static func count(_ word: String, in text: String) -> Int? {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == word { return Int(words[1]) }
        }
        return nil
    }
}
