import Foundation
import Imaging
import Testing

/// A small picture in which every sample differs from its neighbors.
func sampleImage(width: Int = 13, height: Int = 7) -> RGBImage {
    RGBImage(
        width: width, height: height,
        pixels: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 3) })
}

@Suite struct PNGTests {
    @Test("A picture survives encoding and decoding")
    func roundTrip() throws {
        for (width, height) in [(1, 1), (13, 7), (64, 64), (200, 3)] {
            let image = sampleImage(width: width, height: height)
            #expect(try RGBImage.read(png: image.encodePNG()) == image)
        }
    }

    @Test("Incompressible pixels fit the buffer too")
    func incompressible() throws {
        var state: UInt64 = 1
        let pixels = (0..<300 * 300 * 3).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        }
        let image = RGBImage(width: 300, height: 300, pixels: pixels)
        #expect(try RGBImage.read(png: image.encodePNG()) == image)
    }

    @Test("Text entries survive, plain and international, in order")
    func text() throws {
        let entries = [
            (key: "prompt", value: "a red circle"), (key: "Titel", value: "Äpfel\nund Öl"),
            (key: "note", value: "日本 – “quoted”"), (key: "empty", value: ""), (key: "tab", value: "a\tb"),
        ]
        let file = sampleImage().encodePNG(text: entries)
        let read = try PNGText.read(fromPNG: file)
        #expect(read.map(\.key) == entries.map(\.key))
        #expect(read.map(\.value) == entries.map(\.value))
        #expect(try RGBImage.read(png: file) == sampleImage())
    }

    @Test("A Latin-1 value becomes a tEXt chunk and any other an iTXt chunk")
    func chunkTypes() throws {
        let file = sampleImage().encodePNG(text: [("a", "caf\u{E9}"), ("b", "\u{65E5}")])
        #expect(contains(file, Array("tEXta".utf8) + [0] + Array("caf".utf8) + [0xE9]))
        #expect(contains(file, Array("iTXtb".utf8) + [0, 0, 0, 0, 0] + Array("\u{65E5}".utf8)))
    }

    @Test("A zero byte in a value cannot end the entry early")
    func zeroByte() throws {
        let read = try PNGText.read(fromPNG: sampleImage().encodePNG(text: [("k", "a\0b")]))
        #expect(read.first?.value == "a\u{FFFD}b")
    }

    @Test("The same picture and text give the same bytes")
    func deterministic() {
        let text = [(key: "seed", value: "1")]
        #expect(sampleImage().encodePNG(text: text) == sampleImage().encodePNG(text: text))
    }

    @Test(
        "Keys follow the PNG specification",
        arguments: [
            ("prompt", true), ("Creation Time", true), ("", false), (" a", false), ("a ", false), ("日", false),
            (String(repeating: "k", count: 79), true), (String(repeating: "k", count: 80), false), ("a\nb", false),
        ])
    func keys(_ key: String, isValid: Bool) {
        #expect(PNGText.isKey(key) == isValid)
    }

    @Test("Every truncation of a file is refused")
    func truncated() {
        let file = sampleImage().encodePNG(text: [("prompt", "a red circle")])
        // The checksum of the last chunk alone may be missing without a pixel being lost.
        for length in 0..<file.count - 12 {
            #expect(throws: ImageError.self) { try RGBImage.read(png: Array(file.prefix(length))) }
            #expect(throws: ImageError.self) { try PNGText.read(fromPNG: Array(file.prefix(length))) }
        }
    }

    @Test("A flipped bit in the pixel data or header is refused")
    func damaged() throws {
        let file = sampleImage().encodePNG()
        let data = try #require(position(of: Array("IDAT".utf8), in: file))
        for at in [16, 20, 24, data + 10, file.count - 20] {
            var broken = file
            broken[at] ^= 0x10
            #expect(throws: ImageError.self) { try RGBImage.read(png: broken) }
        }
    }

    @Test("A text chunk with a wrong checksum is refused")
    func damagedText() {
        var file = sampleImage().encodePNG(text: [("prompt", "a red circle")])
        file[33 + 8 + 10] ^= 1
        let error = #expect(throws: ImageError.self) { try PNGText.read(fromPNG: file) }
        #expect(error?.message.contains("checksum") == true)
    }

    @Test("Bytes that are no PNG are refused with a clear line")
    func notPNG() {
        for bytes in [[], Array("GIF89a".utf8), [UInt8](repeating: 0, count: 100)] {
            let error = #expect(throws: ImageError.self) { try RGBImage.read(png: bytes) }
            #expect(error?.code == .malformed)
            #expect(throws: ImageError.self) { try PNGText.read(fromPNG: bytes) }
        }
    }

    @Test("A header that promises too many pixels is refused before they are decoded")
    func tooLarge() throws {
        // An eight by eight picture whose header, checksum included, says 16,000 by 16,000.
        var file = sampleImage(width: 8, height: 8).encodePNG()
        file.replaceSubrange(16..<24, with: [0, 0, 0x3E, 0x80, 0, 0, 0x3E, 0x80])
        file.replaceSubrange(29..<33, with: checksum(file[12..<29]))
        let error = #expect(throws: ImageError.self) { try RGBImage.read(png: file) }
        #expect(error?.code == .tooLarge)
    }

    @Test("A missing file is an error that names it")
    func missingFile() {
        let error = #expect(throws: ImageError.self) { try RGBImage.read(pngAt: "/nowhere/picture.png") }
        #expect(error?.code == .file)
        #expect(error?.description.hasPrefix("/nowhere/picture.png: ") == true)
    }

    @Test("A folder is not a picture")
    func folder() {
        #expect(throws: ImageError.self) { try RGBImage.read(pngAt: NSTemporaryDirectory()) }
    }

    @Test("A picture written to a file is read back with its text")
    func file() throws {
        let path = NSTemporaryDirectory() + "imaging-\(ProcessInfo.processInfo.processIdentifier)-file.png"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try sampleImage().write(pngTo: path, text: [("seed", "7")])
        #expect(try RGBImage.read(pngAt: path) == sampleImage())
        #expect(try PNGText.read(pngAt: path).first?.value == "7")
    }

    @Test(
        "Palette, gray, 16-bit, transparent and interlaced files become the expected RGB",
        arguments: ["palette", "gray", "gray1", "gray16", "rgba", "palette-alpha", "interlaced"])
    func formats(_ name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        let expected = try JSONDecoder().decode(
            [String: [UInt8]].self, from: Data(contentsOf: folder.appending(path: "formats.json")))
        let image = try RGBImage.read(pngAt: folder.appending(path: "\(name).png").path)
        let samples = try #require(expected[name])
        #expect(image.pixels == samples)
    }
}

private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool { position(of: part, in: bytes) != nil }

private func position(of part: [UInt8], in bytes: [UInt8]) -> Int? {
    (0...max(0, bytes.count - part.count)).first { bytes[$0...].starts(with: part) }
}

/// The CRC-32 of a chunk, bit by bit: an independent form of the one under test.
private func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    crc = ~crc
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: crc >> UInt32($0)) }
}
