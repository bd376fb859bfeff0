/// The names of the curves beside a plot, as many as fit.
struct CurvePlotLegend {
    let width: Int
    private let entries: [[String]]
    private let hidden: Int

    private static let scale = 2
    private static let lineHeight = RGBImage.textHeight(scale: scale)
    private static let entryGap = 6

    init(labels: [String], height: Int, wide: Bool) {
        // A single unnamed curve needs no legend.
        guard wide, labels.contains(where: { !$0.isEmpty }) else {
            (width, entries, hidden) = (0, [], 0)
            return
        }
        let width = 340
        var entries: [[String]] = []
        var used = Self.lineHeight
        for label in labels.prefix(Limits.curves) {
            let lines = TextWrapping.lines(
                of: label.isEmpty ? "unnamed" : label, width: width - 58, scale: Self.scale, maximumLines: 2)
            let entry = max(lines.count, 1) * Self.lineHeight + Self.entryGap
            guard used + entry <= height else { break }
            used += entry
            entries.append(lines)
        }
        self.width = width
        self.entries = entries
        self.hidden = labels.count - entries.count
    }

    /// Draws a colored stroke and the name of each curve, and how many are left out.
    func draw(on page: inout RGBImage, x: Int, y: Int) {
        var top = y
        for (index, lines) in entries.enumerated() {
            page.fill(PixelRect(x: x, y: top + 12, width: 20, height: 4), Theme.curve(index))
            for line in lines {
                page.draw(text: line, at: (x + 30, top), scale: Self.scale, color: Theme.text)
                top += Self.lineHeight
            }
            top += Self.entryGap
        }
        if hidden > 0 { page.draw(text: "+ \(hidden) more", at: (x + 30, top), scale: Self.scale, color: Theme.dim) }
    }
}
