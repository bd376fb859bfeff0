import Foundation

/// Words for people beside what a command prints: on standard error, one line each.
enum Notice {
    /// Says a line.
    static func say(_ text: String) { FileHandle.standardError.write(Data("atelier: \(text)\n".utf8)) }
}
