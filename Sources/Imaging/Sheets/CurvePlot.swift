/// Many curves, such as the losses of every picture of a job, in one plot.
public struct CurvePlot: Sendable {
    /// One named curve.
    public struct Curve: Sendable {
        /// What the legend says.
        public let label: String

        /// The points in drawing order; a point that is not finite interrupts the curve.
        public let points: [(x: Double, y: Double)]

        /// Makes a curve from points.
        public init(label: String, points: [(x: Double, y: Double)]) {
            self.label = label
            self.points = points
        }

        /// Makes a curve from values at 0, 1, 2 and so on.
        public init(label: String, values: [Double]) {
            self.init(label: label, points: values.enumerated().map { (Double($0.offset), $0.element) })
        }
    }

    /// The heading.
    public let title: String

    /// What the horizontal axis shows.
    public let xLabel: String

    /// What the vertical axis shows.
    public let yLabel: String

    /// The curves; those beyond `Limits.curves` are counted but not drawn.
    public let curves: [Curve]

    /// Makes a plot.
    public init(title: String, xLabel: String = "iteration", yLabel: String = "loss", curves: [Curve]) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.curves = curves
    }

    /// Draws the plot.
    ///
    /// - Precondition: The picture is at least 320 x 200 pixels.
    public func image(width: Int = 1440, height: Int = 810) -> RGBImage {
        precondition(width >= 320 && height >= 200, "a plot needs 320 x 200 pixels, not \(width) x \(height)")
        var page = RGBImage(width: width, height: height, color: Theme.background)
        let legend = CurvePlotLegend(labels: curves.map(\.label), height: height - 190, wide: width >= 900)
        let area = PixelRect(
            x: 104, y: 116, width: width - 104 - 36 - legend.width, height: height - 116 - 88)
        page.draw(
            text: TextWrapping.oneLine(title, width: width - 72, scale: 3), at: (36, 26), scale: 3, color: Theme.title)
        page.fill(area, Theme.panel)
        let axes = CurvePlotAxes(of: curves.prefix(Limits.curves), in: area)
        axes.draw(on: &page, xLabel: xLabel, yLabel: yLabel)
        drawCurves(on: &page, axes)
        legend.draw(on: &page, x: area.x + area.width + 28, y: area.y)
        if axes.isEmpty {
            let note = "no values yet"
            let left = area.x + (area.width - RGBImage.textWidth(note, scale: 2)) / 2
            page.draw(text: note, at: (left, area.y + area.height / 2 - 12), scale: 2, color: Theme.dim)
        }
        return page
    }

    private func drawCurves(on page: inout RGBImage, _ axes: CurvePlotAxes) {
        var mask = LineMask(width: axes.area.width, height: axes.area.height)
        let count = min(curves.count, Limits.curves)
        // Many curves become a translucent band in which the dense parts stand out.
        let opacity: Float = count <= 12 ? 1 : max(0.25, 12 / Float(count))
        let radius: Float = count <= 12 ? 1 : 0.6
        // The first curves are named in the legend, so they are drawn last, on top.
        for index in (0..<count).reversed() {
            var previous: (x: Float, y: Float)?
            var isAlone = false
            for point in curves[index].points.prefix(Limits.curvePoints) {
                let place = axes.place(of: point)
                if let from = previous {
                    if let to = place {
                        mask.add(from: from, to: to, radius: radius)
                        isAlone = false
                    } else if isAlone {
                        mask.add(from: from, to: from, radius: 3)
                    }
                } else {
                    isAlone = place != nil
                }
                previous = place
            }
            // A single point between gaps has no line, so it gets a dot.
            if isAlone, let last = previous { mask.add(from: last, to: last, radius: 3) }
            mask.paint(
                into: &page, atX: axes.area.x, y: axes.area.y, Theme.curve(index), opacity: opacity)
        }
    }
}
