/// Columns for a terminal of 80 characters: all but one as wide as their widest cell, that one as wide as is left.
struct TextTable {
    /// How a column is set.
    enum Alignment { case left, right }

    /// Characters of a line.
    static let width = 80
    private static let gap = 2

    private let columns: [(title: String, alignment: Alignment)]
    /// The column that is cut to fit.
    private let flexible: Int
    private var rows: [[String]] = []

    init(_ columns: [(String, Alignment)], flexible: Int) {
        self.columns = columns.map { (title: $0.0, alignment: $0.1) }
        self.flexible = flexible
    }

    mutating func add(_ cells: String...) {
        precondition(cells.count == columns.count, "\(cells.count) cells in \(columns.count) columns")
        rows.append(cells)
    }

    /// The lines, without blanks at their ends.
    var text: String {
        let all = [columns.map(\.title)] + rows
        var widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let others = widths.enumerated().reduce(0) { $0 + ($1.offset == flexible ? 0 : $1.element) }
        let left = TextTable.width - others - TextTable.gap * (columns.count - 1)
        widths[flexible] = min(widths[flexible], max(TextTable.narrowest, left))
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let cell = TextTable.cut(cell, to: widths[column])
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += columns[column].alignment == .right ? padding + cell : cell + padding
                if column + 1 < columns.count { line += String(repeating: " ", count: TextTable.gap) }
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    private static let narrowest = 8

    /// Text as lines that fit into the width, broken between words; a word that is too long stays whole.
    static func wrapped(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(margin + word)
            }
        }
        return lines
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : String(text.prefix(width - 1)) + "…"
    }
}
