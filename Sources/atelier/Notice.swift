import Foundation

/// Words for people beside what a command prints: on standard error, one line each.
enum Notice {
    /// Says a line.
    static func say(_ text: String) { write("atelier: " + text) }

    /// Says what went wrong.
    static func complain(_ text: String) { write(text.hasPrefix("Error: ") ? text : "Error: " + text) }

    private static func write(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
