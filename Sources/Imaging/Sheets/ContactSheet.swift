/// Pictures in a grid with captions on one page.
///
/// Small pictures are enlarged and large ones reduced, all by the same rule, so that a sheet is readable whatever the
/// size of the render. Pictures that do not exist are shown as empty frames with the reason.
public struct ContactSheet: Sendable {
    /// One place of the grid.
    public struct Cell: Sendable {
        /// The picture, no greater than `Limits.sheetPictureSide`, or nil if there is none.
        public let picture: RGBImage?

        /// Why there is no picture; empty if there is one.
        public let reason: String

        /// What the picture shows: the prompt.
        public let caption: String

        /// A small line under the caption: the seed, the loss.
        public let detail: String

        /// Makes a place with a picture, which is reduced at once so that many cells take little memory.
        public init(picture: RGBImage, caption: String, detail: String = "") {
            self.picture = picture.reduced(toSide: Limits.sheetPictureSide)
            self.reason = ""
            self.caption = caption
            self.detail = detail
        }

        /// Makes a place whose picture is missing.
        public init(missing reason: String, caption: String, detail: String = "") {
            self.picture = nil
            self.reason = reason
            self.caption = caption
            self.detail = detail
        }
    }

    /// The heading of the page.
    public let title: String

    /// A smaller line below the heading, such as the number of pictures and the date.
    public let subtitle: String

    /// The places in reading order; those beyond `Limits.sheetCells` are counted but not drawn.
    public let cells: [Cell]

    /// The wanted number of columns, or nil to choose one that gives a landscape page with few empty places.
    public let columns: Int?

    /// Makes a contact sheet.
    public init(title: String, subtitle: String = "", cells: [Cell], columns: Int? = nil) {
        self.title = title
        self.subtitle = subtitle
        self.cells = cells
        self.columns = columns
    }

    /// Draws the page.
    public func image() -> RGBImage {
        let layout = ContactSheetLayout(self)
        var page = RGBImage(width: layout.width, height: layout.height, color: Theme.background)
        drawHeading(on: &page, layout)
        for (index, cell) in cells.prefix(layout.shown).enumerated() {
            draw(cell, on: &page, layout, at: layout.origin(ofCell: index))
        }
        return page
    }

    private func drawHeading(on page: inout RGBImage, _ layout: ContactSheetLayout) {
        let room = layout.width - 2 * layout.margin
        let heading = TextWrapping.oneLine(title, width: room, scale: layout.titleScale)
        page.draw(text: heading, at: (layout.margin, layout.margin), scale: layout.titleScale, color: Theme.title)
        let hidden = cells.count - layout.shown
        let parts = [subtitle, hidden > 0 ? "+ \(hidden) more not shown" : ""].filter { !$0.isEmpty }
        let line = TextWrapping.oneLine(parts.joined(separator: "  |  "), width: room, scale: layout.captionScale)
        let top = layout.margin + RGBImage.textHeight(scale: layout.titleScale) + 4
        page.draw(text: line, at: (layout.margin, top), scale: layout.captionScale, color: Theme.dim)
    }

    private func draw(
        _ cell: Cell, on page: inout RGBImage, _ layout: ContactSheetLayout, at origin: (x: Int, y: Int)
    ) {
        page.fill(
            PixelRect(x: origin.x, y: origin.y, width: layout.cellWidth, height: layout.cellHeight), Theme.panel)
        let box = PixelRect(
            x: origin.x + layout.padding, y: origin.y + layout.padding, width: layout.boxWidth,
            height: layout.boxHeight)
        if let picture = cell.picture {
            let shown = picture.resized(
                width: picture.width * layout.enlargement, height: picture.height * layout.enlargement)
            page.copy(
                shown, toX: box.x + (box.width - shown.width) / 2, y: box.y + (box.height - shown.height) / 2)
        } else {
            drawMissing(cell.reason, on: &page, layout, in: box)
        }
        let captionTop = box.y + box.height + ContactSheetLayout.captionGap
        let lines = TextWrapping.lines(
            of: cell.caption, width: box.width, scale: layout.captionScale, maximumLines: max(layout.captionLines, 1))
        page.draw(lines: lines, at: (box.x, captionTop), scale: layout.captionScale, color: Theme.text)
        let detail = TextWrapping.oneLine(cell.detail, width: box.width, scale: layout.captionScale)
        let detailTop =
            captionTop + lines.count * RGBImage.textHeight(scale: layout.captionScale) + ContactSheetLayout.detailGap
        page.draw(text: detail, at: (box.x, detailTop), scale: layout.captionScale, color: Theme.dim)
    }

    private func drawMissing(
        _ reason: String, on page: inout RGBImage, _ layout: ContactSheetLayout, in box: PixelRect
    ) {
        page.fill(box, Theme.background)
        page.frame(box, Theme.faint, dash: 6)
        let lines = TextWrapping.lines(
            of: reason, width: box.width - 24, scale: layout.captionScale,
            maximumLines: max(1, box.height / RGBImage.textHeight(scale: layout.captionScale) - 3))
        let lineHeight = RGBImage.textHeight(scale: layout.captionScale)
        var top = box.y + (box.height - lineHeight * (lines.count + 1)) / 2
        let heading = "no picture"
        for (line, color) in [(heading, Theme.warning)] + lines.map({ ($0, Theme.dim) }) {
            let left = box.x + (box.width - RGBImage.textWidth(line, scale: layout.captionScale)) / 2
            page.draw(text: line, at: (left, top), scale: layout.captionScale, color: color)
            top += lineHeight
        }
    }
}

extension RGBImage {
    /// The picture reduced, if need be, so that neither side exceeds a number of pixels.
    public func reduced(toSide limit: Int) -> RGBImage {
        let longer = max(width, height)
        guard longer > limit else { return self }
        return resized(width: max(1, width * limit / longer), height: max(1, height * limit / longer))
    }
}
