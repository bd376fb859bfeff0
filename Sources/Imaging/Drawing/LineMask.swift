/// How much of every pixel a drawn line covers, so that a line that crosses or joins itself does not grow darker.
struct LineMask {
    let width: Int
    let height: Int
    private var coverage: [Float]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        self.coverage = [Float](repeating: 0, count: width * height)
    }

    /// Adds a segment with round ends; pixel centers lie at half coordinates.
    ///
    /// The coverage of a pixel is taken as `radius + 1/2 - distance` of its center from the segment, clipped to 0...1.
    mutating func add(from a: (x: Float, y: Float), to b: (x: Float, y: Float), radius: Float) {
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        let squared = dx * dx + dy * dy
        let reach = radius + 1
        // Walk along the longer axis and look only at the pixels near the line, not at the whole bounding box.
        let steep = abs(dy) > abs(dx)
        let (majorA, majorB) = steep ? (a.y, b.y) : (a.x, b.x)
        let (minorA, minorB) = steep ? (a.x, b.x) : (a.y, b.y)
        let slope = majorB == majorA ? 0 : (minorB - minorA) / (majorB - majorA)
        let majorRange = Self.range(
            min(majorA, majorB) - reach, max(majorA, majorB) + reach, below: steep ? height : width)
        for major in majorRange {
            let along = min(max(Float(major) + 0.5, min(majorA, majorB)), max(majorA, majorB))
            let middle = minorA + (along - majorA) * slope
            // A line of slope 1 is sqrt(2) times as wide across the axis.
            for minor in Self.range(middle - reach * 1.5, middle + reach * 1.5, below: steep ? width : height) {
                let (x, y) = steep ? (minor, major) : (major, minor)
                let (px, py) = (Float(x) + 0.5 - a.x, Float(y) + 0.5 - a.y)
                let t = squared == 0 ? 0 : min(max((px * dx + py * dy) / squared, 0), 1)
                let (qx, qy) = (px - t * dx, py - t * dy)
                let covered = min(max(radius + 0.5 - (qx * qx + qy * qy).squareRoot(), 0), 1)
                coverage[y * width + x] = max(coverage[y * width + x], covered)
            }
        }
    }

    /// Paints the line into a picture and empties the mask for the next one.
    mutating func paint(into image: inout RGBImage, atX left: Int, y top: Int, _ color: RGBColor, opacity: Float) {
        for y in 0..<height {
            for x in 0..<width where coverage[y * width + x] > 0 {
                image.blend(left + x, top + y, color, coverage[y * width + x] * opacity)
                coverage[y * width + x] = 0
            }
        }
    }

    private static func range(_ low: Float, _ high: Float, below limit: Int) -> Range<Int> {
        let first = Int(min(max(low, 0), Float(limit)))
        let last = Int(min(max(high + 1, 0), Float(limit)))
        return first..<max(first, last)
    }
}
