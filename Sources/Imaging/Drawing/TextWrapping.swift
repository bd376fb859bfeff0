/// Breaks text into lines that fit a width.
public enum TextWrapping {
    /// Breaks a text at spaces into lines no wider than a number of pixels.
    ///
    /// A word that is wider than a line is broken inside. If the text needs more than `maximumLines`, the last line
    /// ends in three dots.
    ///
    /// - Parameters:
    ///   - text: The text; line breaks count as spaces.
    ///   - width: The width of a line in pixels.
    ///   - scale: The scale at which the text will be drawn.
    ///   - maximumLines: The greatest number of lines.
    /// - Returns: The lines, none if the text is blank.
    public static func lines(of text: String, width: Int, scale: Int = 1, maximumLines: Int) -> [String] {
        precondition(maximumLines >= 1, "text is wrapped into 1 line or more, not \(maximumLines)")
        let fits = { (line: String) in RGBImage.textWidth(line, scale: scale) <= width }
        var lines: [String] = []
        var line = ""
        var words = text.prefix(Limits.drawnCharacters).split(whereSeparator: \.isWhitespace).map(String.init)[...]
        while let word = words.popFirst() {
            let longer = line.isEmpty ? word : line + " " + word
            if fits(longer) {
                line = longer
            } else if line.isEmpty {
                // At least one character per line, or a narrow column would never end.
                let end =
                    word.indices.dropFirst().last { fits(String(word[..<$0])) } ?? word.index(after: word.startIndex)
                if end < word.endIndex { words = [String(word[end...])] + words }
                lines.append(String(word[..<end]))
            } else {
                words = [word] + words
                lines.append(line)
                line = ""
            }
            if lines.count == maximumLines && (!words.isEmpty || !line.isEmpty) {
                lines[maximumLines - 1] = shortened(lines[maximumLines - 1], fits: fits)
                return lines
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// A text with three dots at its end and as many of its characters as fit before them.
    private static func shortened(_ line: String, fits: (String) -> Bool) -> String {
        var line = line
        while !line.isEmpty && !fits(line + "...") { line.removeLast() }
        return line + "..."
    }

    /// A text cut to one line, with three dots at its end if it was too wide.
    public static func oneLine(_ text: String, width: Int, scale: Int = 1) -> String {
        let fits = { (line: String) in RGBImage.textWidth(line, scale: scale) <= width }
        return fits(text) ? text : shortened(text, fits: fits)
    }
}
