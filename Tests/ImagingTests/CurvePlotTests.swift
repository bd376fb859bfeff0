import Testing

@testable import Imaging

// Ticks and lines are parts of the plot, so they are reached by `@testable`.

@Suite struct CurvePlotTests {
    @Test(
        "Ticks are 1, 2 or 5 times a power of ten, inside the axis",
        arguments: [(0.0, 1.0), (0.53, 1.07), (-3.0, 250.0), (1e-7, 3e-7), (-1e9, 1e9), (99.9, 100.1)])
    func ticks(low: Double, high: Double) {
        let ticks = Ticks(from: low, to: high, about: 6)
        #expect((3...12).contains(ticks.values.count))
        for value in ticks.values { #expect(value >= low - ticks.step * 1e-6 && value <= high + ticks.step * 1e-6) }
        var mantissa = ticks.step
        while mantissa >= 9.99 { mantissa /= 10 }
        while mantissa < 0.999 { mantissa *= 10 }
        #expect([1, 2, 5].contains { abs($0 - mantissa) < 1e-6 })
    }

    @Test("Labels have the decimals their step needs")
    func labels() {
        #expect(Ticks(from: 0, to: 1, about: 5).values == [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
        #expect(Ticks(from: 0, to: 1, about: 5).label(0.6000000000000001) == "0.6")
        #expect(Ticks(from: 0, to: 100, about: 5).label(40) == "40")
        #expect(Ticks(from: 0, to: 0.1, about: 2).label(0.05) == "0.05")
        #expect(Ticks(from: 0, to: 5e8, about: 5).label(1e8) == "1e+08")
        #expect(Ticks(from: -1, to: 1, about: 2).values.map { "\($0)" }.contains("-0.0") == false)
    }

    private func pixels(of color: RGBColor, in image: RGBImage) -> Int {
        (0..<image.height).reduce(0) { sum, y in sum + (0..<image.width).count { image[$0, y] == color } }
    }

    @Test("A falling curve goes from the upper left to the lower right")
    func falling() {
        let plot = CurvePlot(title: "", curves: [.init(label: "", values: [3, 2, 1])]).image()
        let color = Theme.curve(0)
        let highest = (0..<plot.height).first { y in (0..<plot.width).contains { plot[$0, y] == color } }
        let lowest = (0..<plot.height).last { y in (0..<plot.width).contains { plot[$0, y] == color } }
        let top = (0..<plot.width).first { plot[$0, highest ?? 0] == color }
        let bottom = (0..<plot.width).first { plot[$0, lowest ?? 0] == color }
        #expect((top ?? 0) < plot.width / 4)
        #expect((bottom ?? 0) > plot.width * 3 / 4)
    }

    @Test("A single point is a dot, and a point between gaps too")
    func dots() {
        let one = CurvePlot(title: "", curves: [.init(label: "", points: [(5, 0.5)])]).image()
        let gaps = CurvePlot(title: "", curves: [.init(label: "", values: [.nan, 1, .infinity, 2, -.infinity])]).image()
        #expect((15...45).contains(pixels(of: Theme.curve(0), in: one)))
        // Two dots; how many pixels each covers wholly depends on where its center falls.
        #expect((30...90).contains(pixels(of: Theme.curve(0), in: gaps)))
    }

    @Test(
        "Values without a range are drawn without a trap",
        arguments: [
            [], [.nan], [.infinity, -.infinity], [0, 0, 0], [1e300, -1e300], [1e99, -1e99, 1],
            [.leastNonzeroMagnitude, 0],
        ])
    func extremes(_ values: [Double]) {
        let plot = CurvePlot(title: "extreme", curves: [.init(label: "x", values: values)]).image(
            width: 400, height: 240)
        #expect(plot.width == 400)
        #expect(plot.height == 240)
    }

    @Test("Five hundred curves are drawn and the legend says how many it leaves out")
    func many() {
        let curves = (0..<500).map { n in CurvePlot.Curve(label: "p\(n)", values: [Double(n), 500, 0]) }
        let plot = CurvePlot(title: "many", curves: curves).image()
        let few = CurvePlot(title: "many", curves: Array(curves.prefix(499))).image()
        #expect(plot != few)
    }

    @Test("The first hundred curves have different colors")
    func colors() {
        #expect(Set((0..<100).map(Theme.curve)).count == 100)
    }

    @Test("A line that is drawn twice is no darker, and a mask is empty after painting")
    func mask() {
        var once = RGBImage(width: 30, height: 20)
        var twice = once
        var mask = LineMask(width: 30, height: 20)
        mask.add(from: (2, 3), to: (25, 17), radius: 1)
        mask.paint(into: &once, atX: 0, y: 0, .white, opacity: 0.5)
        mask.add(from: (2, 3), to: (25, 17), radius: 1)
        mask.add(from: (25, 17), to: (2, 3), radius: 1)
        mask.paint(into: &twice, atX: 0, y: 0, .white, opacity: 0.5)
        #expect(once == twice)
        #expect(once[13, 9].red > 60)
        #expect(once[2, 17] == .black)
        let painted = once
        mask.paint(into: &once, atX: 0, y: 0, .white, opacity: 1)
        #expect(once == painted)
    }

    @Test("Horizontal, vertical and diagonal lines have the same width")
    func lineWidth() {
        let ink = { (a: (Float, Float), b: (Float, Float)) -> Float in
            var image = RGBImage(width: 60, height: 60)
            var mask = LineMask(width: 60, height: 60)
            mask.add(from: (a.0, a.1), to: (b.0, b.1), radius: 1)
            mask.paint(into: &image, atX: 0, y: 0, .white, opacity: 1)
            return Float(image.pixels.reduce(0) { $0 + Int($1) }) / 255 / 3
        }
        let length: Float = 40
        let diagonal = length / Float(2).squareRoot()
        // 40 long, 2 wide, two round ends: about 83 pixels of ink; the coverage formula is good to a few percent.
        for end in [(length, 0), (0, length), (diagonal, diagonal)] {
            #expect(abs(ink((10, 10), (10 + end.0, 10 + end.1)) - 83) < 5)
        }
    }
}
