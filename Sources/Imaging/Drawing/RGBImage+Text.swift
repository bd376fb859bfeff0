extension RGBImage {
    /// Draws one line of text in the built-in bitmap font.
    ///
    /// ASCII characters and letters with accents are drawn, others as a box. Enlarged text gets smooth diagonals. What
    /// lies outside the picture is left out.
    ///
    /// - Parameters:
    ///   - text: The text, of which at most `Limits.drawnCharacters` are drawn.
    ///   - origin: The upper left corner of the line; a line is `textHeight(scale:)` pixels high.
    ///   - scale: How many pixels of the picture one pixel of the font takes, at least 1.
    ///   - color: The color of the text.
    public mutating func draw(text: String, at origin: (x: Int, y: Int), scale: Int = 1, color: RGBColor) {
        precondition(scale >= 1, "text is drawn at scale 1 or more, not \(scale)")
        var left = origin.x
        for glyph in BitmapFont.glyphs(for: text) {
            draw(glyph, x: left, y: origin.y, scale: scale, color: color)
            left += (glyph.width + 1) * scale
            if left >= width { return }
        }
    }

    /// Draws lines of text below one another.
    public mutating func draw(lines: [String], at origin: (x: Int, y: Int), scale: Int = 1, color: RGBColor) {
        for (index, line) in lines.enumerated() {
            draw(
                text: line, at: (origin.x, origin.y + index * Self.textHeight(scale: scale)), scale: scale, color: color
            )
        }
    }

    /// The width of a line of text in pixels.
    public static func textWidth(_ text: String, scale: Int = 1) -> Int { BitmapFont.width(of: text) * scale }

    /// The height of a line of text in pixels, with room for accents and descenders.
    public static func textHeight(scale: Int = 1) -> Int { BitmapFont.lineHeight * scale }

    private mutating func draw(_ glyph: BitmapFont.Glyph, x left: Int, y top: Int, scale: Int, color: RGBColor) {
        for row in 0..<glyph.rows.count {
            for column in 0..<glyph.width {
                let (x, y) = (left + column * scale, top + row * scale)
                if glyph.isSet(column, row) {
                    fill(PixelRect(x: x, y: y, width: scale, height: scale), color)
                } else if scale > 1 {
                    smooth(glyph, column, row, x: x, y: y, scale: scale, color: color)
                }
            }
        }
    }

    /// Fills the corners of an empty font pixel where a diagonal passes it, so that steps become slopes.
    ///
    /// A diagonal passes a corner if both neighbors at it are set and the pixel across the corner is not; if that is
    /// set too, the corner belongs to an angle that should stay sharp.
    private mutating func smooth(
        _ glyph: BitmapFont.Glyph, _ column: Int, _ row: Int, x: Int, y: Int, scale: Int, color: RGBColor
    ) {
        for (dx, dy) in [(-1, -1), (1, -1), (-1, 1), (1, 1)] {
            guard glyph.isSet(column + dx, row), glyph.isSet(column, row + dy), !glyph.isSet(column + dx, row + dy)
            else { continue }
            for j in 0..<scale {
                for i in 0..<scale {
                    // The triangle cuts half a font pixel from the corner; its edge is softened over one pixel.
                    let coverage = min(max(Float(scale) / 2 - Float(i + j) - 0.5, 0), 1)
                    blend(dx < 0 ? x + i : x + scale - 1 - i, dy < 0 ? y + j : y + scale - 1 - j, color, coverage)
                }
            }
        }
    }
}
