import Foundation

/// Where everything of a contact sheet lies, in pixels.
struct ContactSheetLayout {
    let margin = 28
    let gap = 14
    let padding = 10
    let titleScale = 3
    static let captionGap = 6
    static let detailGap = 4
    let captionScale: Int
    let captionLines: Int

    /// The factor by which every picture is enlarged: 1 for pictures of 192 pixels or more.
    let enlargement: Int
    let boxWidth: Int
    let boxHeight: Int
    let columns: Int
    let rows: Int

    /// The number of cells that are drawn.
    let shown: Int

    init(_ sheet: ContactSheet) {
        let pictures = sheet.cells.prefix(Limits.sheetCells).compactMap(\.picture)
        let widest = pictures.map(\.width).max() ?? 256
        let highest = pictures.map(\.height).max() ?? 256
        enlargement = Self.enlargement(ofSide: max(widest, highest))
        boxWidth = max(widest * enlargement, 160)
        boxHeight = max(highest * enlargement, 96)
        captionScale = boxWidth >= 256 ? 2 : 1
        let widestLine = boxWidth
        let scale = captionScale
        // Room for the longest caption of the sheet, three lines at most.
        captionLines =
            sheet.cells.prefix(Limits.sheetCells).map {
                TextWrapping.lines(of: $0.caption, width: widestLine, scale: scale, maximumLines: 3).count
            }.max() ?? 0
        let shown = min(sheet.cells.count, Limits.sheetCells)
        self.shown = shown

        // The sizes of a cell depend on the stored properties above only.
        let cell = (
            width: boxWidth + 2 * padding + gap,
            height: boxHeight + Self.textRoom(captionScale, captionLines) + 2 * padding + gap
        )
        let fitting = max(1, (Limits.side - 200) / cell.height)
        let fewest = max(1, (shown + fitting - 1) / fitting)
        let most = max(1, (Limits.side - 2 * margin) / cell.width)
        let chosen = sheet.columns ?? Self.columns(for: shown, cellWidth: cell.width, cellHeight: cell.height)
        columns = min(max(chosen, fewest), most, max(shown, 1))
        rows = max(1, (shown + columns - 1) / columns)
    }

    var cellWidth: Int { boxWidth + 2 * padding }
    var cellHeight: Int { boxHeight + Self.textRoom(captionScale, captionLines) + 2 * padding }

    var headingHeight: Int {
        RGBImage.textHeight(scale: titleScale) + 4 + RGBImage.textHeight(scale: captionScale) + 16
    }

    /// The width of the page; a page of few narrow pictures still has room for its heading.
    var width: Int { max(2 * margin + columns * (cellWidth + gap) - gap, 560) }

    var height: Int { 2 * margin + headingHeight + rows * (cellHeight + gap) - gap }

    /// The upper left corner of a cell; the cells are read by rows.
    func origin(ofCell index: Int) -> (x: Int, y: Int) {
        (
            x: margin + index % columns * (cellWidth + gap),
            y: margin + headingHeight + index / columns * (cellHeight + gap)
        )
    }

    /// How much pictures are enlarged: below 192 pixels by the whole number that brings them to 224 or more.
    static func enlargement(ofSide side: Int) -> Int { side >= 192 ? 1 : (223 + side) / side }

    /// The number of columns that brings the page near 3:2 with few empty places in the last row.
    static func columns(for count: Int, cellWidth: Int, cellHeight: Int) -> Int {
        let cost = { (columns: Int) -> Double in
            let rows = (count + columns - 1) / columns
            let aspect = Double(columns * cellWidth) / Double(rows * cellHeight)
            let empty = Double(rows * columns - count) / Double(max(count, 1))
            return abs(log(aspect / 1.5)) + 1.5 * empty
        }
        return (1...max(count, 1)).min { cost($0) < cost($1) } ?? 1
    }

    /// The height of the caption and the line of details below it.
    private static func textRoom(_ scale: Int, _ lines: Int) -> Int {
        captionGap + (lines + 1) * RGBImage.textHeight(scale: scale) + detailGap
    }
}
