import Imaging
import Testing

@Suite struct SheetTests {
    private func sheet(_ count: Int, side: Int = 64, columns: Int? = nil) -> RGBImage {
        let picture = RGBImage(width: side, height: side, color: RGBColor(0xFF0000))
        let cells = (0..<count).map {
            ContactSheet.Cell(picture: picture, caption: "a red square", detail: "seed \($0)")
        }
        return ContactSheet(title: "test", cells: cells, columns: columns).image()
    }

    private func redPixels(_ image: RGBImage) -> Int {
        (0..<image.width * image.height).count {
            image.pixels[$0 * 3] == 255 && image.pixels[$0 * 3 + 1] == 0 && image.pixels[$0 * 3 + 2] == 0
        }
    }

    @Test("Every picture is shown once, small ones enlarged by a whole number")
    func pixels() {
        // 64 pixels are enlarged four times, 200 pixels not at all.
        #expect(redPixels(sheet(5)) == 5 * 256 * 256)
        #expect(redPixels(sheet(2, side: 200)) == 2 * 200 * 200)
    }

    @Test("Large pictures are reduced to the greatest side of a cell")
    func reduced() {
        #expect(redPixels(sheet(2, side: 700)) == 2 * Limits.sheetPictureSide * Limits.sheetPictureSide)
    }

    @Test("Sixteen pictures make a landscape page without empty places")
    func columns() {
        let page = sheet(16)
        #expect(page.width > page.height)
        #expect(page.width < 3 * page.height)
    }

    @Test("A wanted number of columns is kept")
    func wantedColumns() {
        #expect(sheet(6, columns: 1).height > 3 * sheet(6, columns: 6).height)
        #expect(sheet(6, columns: 3).width < sheet(6, columns: 6).width)
    }

    @Test("More cells than the limit, or one column of many, stay inside the limits of a picture")
    func limits() {
        let page = sheet(Limits.sheetCells + 10, side: 1)
        #expect(page.width * page.height <= Limits.pixels)
        #expect(sheet(120, side: 300, columns: 1).height <= Limits.side)
        #expect(sheet(1, columns: 50).width < 1000)
    }

    @Test("A sheet whose captions are all blank is drawn without them")
    func blankCaptions() {
        let picture = RGBImage(width: 64, height: 64, color: RGBColor(0xFF0000))
        let cells = ["", " \n "].map { ContactSheet.Cell(picture: picture, caption: $0, detail: "seed 1") }
        #expect(redPixels(ContactSheet(title: "test", cells: cells).image()) == 2 * 256 * 256)
    }

    @Test("An empty sheet and a missing picture are drawn all the same")
    func missing() {
        #expect(redPixels(sheet(0)) == 0)
        let cell = ContactSheet.Cell(missing: "failed three times", caption: "a red square", detail: "seed 1")
        let page = ContactSheet(title: "one missing", cells: [cell]).image()
        let empty = ContactSheet(
            title: "one missing", cells: [ContactSheet.Cell(missing: "", caption: "a red square", detail: "seed 1")]
        ).image()
        // The reason is written, so the two pages differ.
        #expect(page != empty)
        #expect(page.width == empty.width && page.height == empty.height)
    }

    @Test("Pictures of different sizes share one box")
    func mixed() {
        let cells = [(64, 32), (32, 64)].map {
            ContactSheet.Cell(
                picture: RGBImage(width: $0.0, height: $0.1, color: RGBColor(0xFF0000)), caption: "mixed")
        }
        #expect(redPixels(ContactSheet(title: "", cells: cells).image()) == 2 * 128 * 256)
    }
}
