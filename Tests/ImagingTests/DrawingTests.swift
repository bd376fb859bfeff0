import Imaging
import Testing

@Suite struct DrawingTests {
    private let ink = RGBColor.white

    /// The drawn text as rows of `#` and `.`, without empty rows.
    private func art(_ text: String) -> [String] {
        rows(text).filter { $0.contains("#") }
    }

    /// The drawn text as rows of `#` and `.`, a whole line high.
    private func rows(_ text: String) -> [String] {
        var image = RGBImage(width: max(RGBImage.textWidth(text), 1), height: RGBImage.textHeight())
        image.draw(text: text, at: (0, 0), color: ink)
        return (0..<image.height).map { y in
            String((0..<image.width).map { image[$0, y] == ink ? "#" : "." })
        }
    }

    @Test("Letters look like letters")
    func letters() {
        #expect(art("A") == [".###.", "#...#", "#...#", "#####", "#...#", "#...#", "#...#"])
        #expect(art("i") == ["#", "#", "#", "#", "#", "#"])
        #expect(art("4") == ["...#.", "..##.", ".#.#.", "#..#.", "#####", "...#.", "...#."])
    }

    @Test("Every printable ASCII character has its own drawing")
    func distinct() {
        let characters = (33..<127).map { String(UnicodeScalar(UInt8($0))) }
        #expect(Set(characters.map(rows)).count == characters.count)
        #expect(art(" ").isEmpty)
    }

    @Test("Accents are drawn above their letter, and the dot of an i gives way")
    func accents() {
        #expect(art("é") == ["..#..", ".#..."] + art("e"))
        #expect(art("ï") == ["#.#", ".#.", ".#.", ".#.", ".#.", ".#."])
        #expect(art("Ü").count == art("U").count + 1)
    }

    @Test("Unknown characters are drawn as a box, known substitutes as plain letters")
    func unknown() {
        #expect(art("日") == ["#####", "#...#", "#...#", "#...#", "#...#", "#...#", "#####"])
        #expect(art("ß") == art("ss"))
        #expect(art("…") == art("..."))
    }

    @Test("Enlarged text covers the same shape and may soften only empty pixels")
    func scaled() {
        var image = RGBImage(width: 20, height: 36)
        image.draw(text: "A", at: (0, 0), scale: 3, color: ink)
        #expect(image[0, 3 * 3 + 7] == ink)  // the left stem of the A
        #expect(image[7, 3 * 3] == ink)  // its top
        #expect(image[0, 3 * 3] == .black)  // outside its rounded corner
    }

    @Test("Drawing outside the picture is left out")
    func outside() {
        var image = RGBImage(width: 10, height: 10)
        image.draw(text: "wide text", at: (-7, -3), scale: 2, color: ink)
        image.fill(PixelRect(x: -5, y: 8, width: 100, height: 100), ink)
        image.frame(PixelRect(x: -2, y: -2, width: 30, height: 30), ink)
        image.copy(RGBImage(width: 40, height: 40, color: ink), toX: -39, y: -39)
        image.copy(RGBImage(width: 4, height: 4, color: ink), toX: 30, y: -30)
        #expect(image[0, 0] == ink)
        #expect(image[9, 9] == ink)
    }

    @Test("Text is broken at spaces into lines that fit")
    func wrapping() {
        let text = "a big orange triangle on a purple background"
        let lines = TextWrapping.lines(of: text, width: 90, maximumLines: 10)
        #expect(lines.count > 1)
        #expect(lines.joined(separator: " ") == text)
        for line in lines { #expect(RGBImage.textWidth(line) <= 90) }
    }

    @Test("Too much text ends in three dots on the last line")
    func shortened() {
        let text = "a big orange triangle on a purple background"
        let lines = TextWrapping.lines(of: text, width: 90, maximumLines: 2)
        #expect(lines.count == 2)
        #expect(lines[1].hasSuffix("..."))
        #expect(RGBImage.textWidth(lines[1]) <= 90)
    }

    @Test("A word wider than the line is broken, and even one pixel ends")
    func longWord() {
        let lines = TextWrapping.lines(of: "incomprehensibilities", width: 40, maximumLines: 20)
        #expect(lines.joined() == "incomprehensibilities")
        #expect(TextWrapping.lines(of: "abc", width: 1, maximumLines: 5) == ["a", "b", "c"])
        #expect(TextWrapping.lines(of: " \n ", width: 50, maximumLines: 3).isEmpty)
    }
}
