/// A rectangle of whole pixels.
public struct PixelRect: Sendable, Hashable {
    /// The leftmost column.
    public var x: Int
    /// The topmost row.
    public var y: Int
    /// The number of columns.
    public var width: Int
    /// The number of rows.
    public var height: Int

    /// Makes a rectangle from its upper left corner and its size.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

extension RGBImage {
    /// Fills a rectangle with one color; what lies outside the picture is left out.
    public mutating func fill(_ rect: PixelRect, _ color: RGBColor) {
        let columns = max(rect.x, 0)..<max(min(rect.x + rect.width, width), max(rect.x, 0))
        let rows = max(rect.y, 0)..<max(min(rect.y + rect.height, height), max(rect.y, 0))
        let stride = width * 3
        withMutablePixels { samples in
            for y in rows {
                let row = samples + y * stride
                for x in columns {
                    row[x * 3] = color.red
                    row[x * 3 + 1] = color.green
                    row[x * 3 + 2] = color.blue
                }
            }
        }
    }

    /// Draws the border of a rectangle, one pixel wide and inside it.
    ///
    /// - Parameters:
    ///   - rect: The rectangle.
    ///   - color: The color of the border.
    ///   - dash: The length of dashes and gaps in pixels, or 0 for a solid border.
    public mutating func frame(_ rect: PixelRect, _ color: RGBColor, dash: Int = 0) {
        let isDrawn = { (step: Int) in dash == 0 || step / dash % 2 == 0 }
        for step in 0..<max(rect.width, 0) where isDrawn(step) {
            blend(rect.x + step, rect.y, color, 1)
            blend(rect.x + step, rect.y + rect.height - 1, color, 1)
        }
        for step in 0..<max(rect.height, 0) where isDrawn(step) {
            blend(rect.x, rect.y + step, color, 1)
            blend(rect.x + rect.width - 1, rect.y + step, color, 1)
        }
    }

    /// Copies a whole picture to a place in this one; what lies outside is left out.
    public mutating func copy(_ other: RGBImage, toX left: Int, y top: Int) {
        let columns = max(0, -left)..<max(min(other.width, width - left), max(0, -left))
        let rows = max(0, -top)..<max(min(other.height, height - top), max(0, -top))
        let (stride, otherStride) = (width * 3, other.width * 3)
        withMutablePixels { samples in
            other.pixels.withUnsafeBufferPointer { source in
                for y in rows {
                    let from = y * otherStride
                    let to = (y + top) * stride + left * 3
                    for x in columns.lowerBound * 3..<columns.upperBound * 3 { samples[to + x] = source[from + x] }
                }
            }
        }
    }

    /// Mixes a color into one pixel; a place outside the picture is left out.
    ///
    /// - Parameters:
    ///   - x: The column.
    ///   - y: The row.
    ///   - color: The color to mix in.
    ///   - coverage: How much of it, from 0 (nothing) to 1 (all).
    public mutating func blend(_ x: Int, _ y: Int, _ color: RGBColor, _ coverage: Float) {
        guard x >= 0, y >= 0, x < width, y < height, coverage > 0 else { return }
        self[x, y] = self[x, y].mixed(with: color, min(coverage, 1))
    }
}
