import Foundation
import Imaging
import Testing

@Suite struct LanczosTests {
    private struct Fixture: Decodable {
        struct Case: Decodable {
            let width: Int
            let height: Int
            let pixels: String
        }
        let inputWidth: Int
        let inputHeight: Int
        let cases: [Case]
    }

    @Test("Resampling equals Pillow's LANCZOS bit for bit")
    func pillow() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/resize.json")
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
        #expect(fixture.cases.count == 7)
        // The formula of Fixtures/make_resize_fixture.py.
        var pixels: [UInt8] = []
        for y in 0..<fixture.inputHeight {
            for x in 0..<fixture.inputWidth {
                for c in 0..<3 { pixels.append(UInt8((x * x * 7 + y * 13 + x * y * (c + 3) + c * 71) % 256)) }
            }
        }
        let image = RGBImage(width: fixture.inputWidth, height: fixture.inputHeight, pixels: pixels)
        for example in fixture.cases {
            let resized = image.resized(width: example.width, height: example.height)
            let hex = resized.pixels.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            #expect(hex == example.pixels, "\(example.width) x \(example.height)")
        }
    }

    @Test("A picture resized to its own size is unchanged")
    func identity() {
        #expect(sampleImage().resized(width: 13, height: 7) == sampleImage())
    }

    @Test("One color stays that color at every size", arguments: [1, 3, 40, 113])
    func flat(_ side: Int) {
        let color = RGBColor(0x12_C8FF)
        let image = RGBImage(width: 31, height: 17, color: color).resized(width: side, height: side)
        #expect(image == RGBImage(width: side, height: side, color: color))
    }

    @Test("Reducing keeps the shape and respects the limit")
    func reduced() {
        #expect(sampleImage(width: 100, height: 50).reduced(toSide: 40).width == 40)
        #expect(sampleImage(width: 100, height: 50).reduced(toSide: 40).height == 20)
        #expect(sampleImage(width: 100, height: 1).reduced(toSide: 10).height == 1)
        #expect(sampleImage().reduced(toSide: 13) == sampleImage())
    }
}
