import Foundation

/// The text entries of PNG files: keys and values such as `prompt` and `seed`.
///
/// Plain values are written as `tEXt` (Latin-1) and all others as uncompressed `iTXt` (UTF-8). Compressed text, which
/// this module never writes, is skipped when reading.
public enum PNGText {
    /// Reads the text entries of a PNG file in the order of the file.
    ///
    /// - Throws: `ImageError` if the file cannot be read, is damaged, or its text exceeds `Limits`.
    public static func read(pngAt path: String) throws(ImageError) -> [(key: String, value: String)] {
        do {
            return try read(fromPNG: try fileContents(at: path))
        } catch {
            throw error.at(path: path)
        }
    }

    /// Reads the text entries of a PNG file that is in memory, in the order of the file.
    ///
    /// - Throws: `ImageError` if the file is damaged, or its text exceeds `Limits`.
    public static func read(fromPNG bytes: [UInt8]) throws(ImageError) -> [(key: String, value: String)] {
        var entries: [(key: String, value: String)] = []
        for chunk in try PNGChunks(of: bytes) where chunk.type == "tEXt" || chunk.type == "iTXt" {
            guard chunk.data.count <= Limits.textBytes else {
                throw ImageError(.tooLarge, "a text entry of more than \(Limits.textBytes) bytes")
            }
            guard entries.count < Limits.textEntries else {
                throw ImageError(.tooLarge, "more than \(Limits.textEntries) text entries")
            }
            let data = bytes[chunk.data]
            if chunk.type == "tEXt" {
                entries.append(try latin1Entry(data))
            } else if let entry = try internationalEntry(data) {
                entries.append(entry)
            }
        }
        return entries
    }

    /// The chunks that hold these entries, one after the other.
    ///
    /// - Precondition: Every key has 1 to 79 printable Latin-1 characters and no space at either end.
    static func chunks(for entries: [(key: String, value: String)]) -> [UInt8] {
        var chunks: [UInt8] = []
        for (key, value) in entries {
            precondition(isKey(key), "\"\(key)\" is no PNG key: 1 to 79 printable Latin-1 characters")
            // The zero byte separates fields and may not occur in a value.
            let value = value.replacingOccurrences(of: "\0", with: "\u{FFFD}")
            if let plain = latin1(value) {
                chunks += PNGChunks.chunk("tEXt", (latin1(key) ?? []) + [0] + plain)
            } else {
                // Key, zero, not compressed, method 0, no language, no translated key, text.
                chunks += PNGChunks.chunk("iTXt", (latin1(key) ?? []) + [0, 0, 0, 0, 0] + Array(value.utf8))
            }
        }
        return chunks
    }

    /// Whether a string can be the key of an entry.
    public static func isKey(_ key: String) -> Bool {
        guard let bytes = latin1(key), (1...79).contains(bytes.count) else { return false }
        return bytes.allSatisfy { (32...126).contains($0) || $0 >= 161 } && bytes.first != 32 && bytes.last != 32
    }

    /// The Latin-1 bytes of a text without control characters except line feeds, or nil.
    private static func latin1(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 10, 32...126, 160...255: bytes.append(UInt8(scalar.value))
            default: return nil
            }
        }
        return bytes
    }

    private static func string(latin1 bytes: some Sequence<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(Unicode.Scalar(byte)) }
        return String(text)
    }

    private static func latin1Entry(_ data: ArraySlice<UInt8>) throws(ImageError) -> (key: String, value: String) {
        guard let zero = data.firstIndex(of: 0), zero > data.startIndex else {
            throw ImageError(.malformed, "a text entry has no key")
        }
        return (string(latin1: data[..<zero]), string(latin1: data[(zero + 1)...]))
    }

    private static func internationalEntry(
        _ data: ArraySlice<UInt8>
    ) throws(ImageError) -> (key: String, value: String)? {
        guard let zero = data.firstIndex(of: 0), zero > data.startIndex, zero + 3 <= data.endIndex else {
            throw ImageError(.malformed, "an international text entry has no key")
        }
        if data[zero + 1] != 0 { return nil }  // compressed
        let rest = data[(zero + 3)...]
        guard let language = rest.firstIndex(of: 0), let title = rest[(language + 1)...].firstIndex(of: 0) else {
            throw ImageError(.malformed, "an international text entry ends before its text")
        }
        guard let value = String(validating: rest[(title + 1)...], as: UTF8.self) else {
            throw ImageError(.malformed, "an international text entry is not UTF-8")
        }
        return (string(latin1: data[..<zero]), value)
    }
}
