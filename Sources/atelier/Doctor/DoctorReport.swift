import Foundation

/// What the doctor found: one line per thing looked at.
struct DoctorReport: Codable, Equatable {
    /// How a finding is to be taken.
    enum Status: String, Codable {
        /// As it should be.
        case ok
        /// Works, but the reader may want to know.
        case note
        /// Rendering, or a farm, will not work until this is mended.
        case problem
    }

    /// One thing looked at.
    struct Line: Codable, Equatable {
        let name: String
        let status: Status
        let finding: String

        /// The command or step that mends it.
        let remedy: String?

        init(_ name: String, _ status: Status, _ finding: String, remedy: String? = nil) {
            self.name = name
            self.status = status
            self.finding = finding
            self.remedy = remedy
        }
    }

    let lines: [Line]

    /// The number of lines that are problems.
    var problems: Int { lines.count { $0.status == .problem } }

    /// What the command exits with: 0 if nothing is missing, else 1.
    var exitCode: Int32 { problems == 0 ? 0 : 1 }

    /// The report for a person.
    var text: String {
        let column = (lines.map(\.name.count).max() ?? 0) + 2
        var rows = lines.flatMap { line -> [String] in
            let mark = line.status.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
            let name = line.name.padding(toLength: column, withPad: " ", startingAt: 0)
            let remedy = line.remedy.map { String(repeating: " ", count: 9 + column) + "-> " + $0 }
            return [mark + name + line.finding] + [remedy].compactMap { $0 }
        }
        rows.append("")
        switch problems {
        case 0: rows.append("Everything that is needed is here.")
        case 1: rows.append("1 problem has to be mended.")
        default: rows.append("\(problems) problems have to be mended.")
        }
        return rows.joined(separator: "\n")
    }

    /// The report for a program: the lines, and whether all is well.
    func json() throws -> String {
        struct Document: Encodable {
            let healthy: Bool
            let checks: [Line]
        }
        return try JSONText.pretty(Document(healthy: problems == 0, checks: lines))
    }
}
