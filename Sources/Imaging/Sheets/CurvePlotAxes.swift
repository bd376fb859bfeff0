/// The axes of a plot: the range of the data, and where a value lies in the picture.
struct CurvePlotAxes {
    let area: PixelRect

    /// Whether there was no value to find a range from.
    let isEmpty: Bool

    private let x: ClosedRange<Double>
    private let y: ClosedRange<Double>

    /// Values beyond this are treated as not finite: their differences would overflow.
    private static let largest = 1e100

    init(of curves: some Sequence<CurvePlot.Curve>, in area: PixelRect) {
        var (lowX, highX) = (Double.infinity, -Double.infinity)
        var (lowY, highY) = (Double.infinity, -Double.infinity)
        for curve in curves {
            for point in curve.points.prefix(Limits.curvePoints) where Self.isDrawable(point) {
                (lowX, highX) = (min(lowX, point.x), max(highX, point.x))
                (lowY, highY) = (min(lowY, point.y), max(highY, point.y))
            }
        }
        self.area = area
        isEmpty = lowX > highX
        x = isEmpty ? 0...1 : Self.widened(lowX, highX, by: 0.01)
        y = isEmpty ? 0...1 : Self.widened(lowY, highY, by: 0.05)
    }

    /// Where a point lies relative to the plot area, or nil if it cannot be drawn.
    func place(of point: (x: Double, y: Double)) -> (x: Float, y: Float)? {
        guard Self.isDrawable(point) else { return nil }
        let across = (point.x - x.lowerBound) / (x.upperBound - x.lowerBound)
        let up = (point.y - y.lowerBound) / (y.upperBound - y.lowerBound)
        return (Float(across * Double(area.width)), Float((1 - up) * Double(area.height)))
    }

    /// Draws grid lines, tick labels and the names of the axes.
    func draw(on page: inout RGBImage, xLabel: String, yLabel: String) {
        let bottom = area.y + area.height
        let across = Ticks(from: x.lowerBound, to: x.upperBound, about: max(2, area.width / 130))
        for value in across.values {
            guard let at = place(of: (value, y.lowerBound)) else { continue }
            let column = min(area.x + Int(at.x), area.x + area.width - 1)
            page.fill(PixelRect(x: column, y: area.y, width: 1, height: area.height), Theme.grid)
            let label = across.label(value)
            let left = column - RGBImage.textWidth(label, scale: 2) / 2
            page.draw(text: label, at: (left, bottom + 4), scale: 2, color: Theme.dim)
        }
        let up = Ticks(from: y.lowerBound, to: y.upperBound, about: max(2, area.height / 80))
        for value in up.values {
            guard let at = place(of: (x.lowerBound, value)) else { continue }
            let row = min(area.y + Int(at.y), bottom - 1)
            page.fill(PixelRect(x: area.x, y: row, width: area.width, height: 1), Theme.grid)
            let label = up.label(value)
            let left = area.x - 12 - RGBImage.textWidth(label, scale: 2)
            page.draw(text: label, at: (left, row - 13), scale: 2, color: Theme.dim)
        }
        page.fill(PixelRect(x: area.x, y: area.y, width: 1, height: area.height), Theme.faint)
        page.fill(PixelRect(x: area.x, y: bottom - 1, width: area.width, height: 1), Theme.faint)
        let middle = area.x + (area.width - RGBImage.textWidth(xLabel, scale: 2)) / 2
        page.draw(text: xLabel, at: (middle, bottom + 38), scale: 2, color: Theme.text)
        let name = TextWrapping.oneLine(yLabel, width: area.x + area.width / 2, scale: 2)
        let left = max(8, area.x - 12 - RGBImage.textWidth(name, scale: 2))
        page.draw(text: name, at: (left, area.y - 40), scale: 2, color: Theme.text)
    }

    private static func isDrawable(_ point: (x: Double, y: Double)) -> Bool {
        // A comparison with NaN is false, so this refuses it too.
        abs(point.x) <= largest && abs(point.y) <= largest
    }

    /// A range with a little room at both ends, never empty.
    private static func widened(_ low: Double, _ high: Double, by share: Double) -> ClosedRange<Double> {
        let smallest = max(abs(low), abs(high)) * 1e-9
        if high - low <= smallest {
            let room = max(abs(low) * 0.1, 1e-3)
            return (low - room)...(high + room)
        }
        return (low - (high - low) * share)...(high + (high - low) * share)
    }
}
