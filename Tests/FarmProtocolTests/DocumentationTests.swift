import FarmProtocol
import Foundation
import Testing

@Suite struct DocumentationTests {
    @Test("The table of commands in protocols/README.md has every command under its code", arguments: Command.allCases)
    func commandTable(command: Command) throws {
        let readme = VectorFile.url("accepted").deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        let code = (command.rawValue < 16 ? "0" : "") + String(command.rawValue, radix: 16, uppercase: true)
        let row = text.split(separator: "\n").first { $0.contains("| \(code) | \(command) |") }
        #expect(row != nil, "no cell for \(code) \(command)")
    }
}
