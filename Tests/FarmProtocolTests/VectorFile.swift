import Foundation

/// The files under `protocols/vectors`: what another implementation is tested against.
struct Vector: Codable, Hashable {
    var name: String
    var lane: String
    var meaning: String
    var hex: String
    /// Only for refused frames.
    var error: String?
    var endsSession: Bool?

    var bytes: [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

enum VectorFile {
    static func url(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "protocols/vectors/\(name).json")
    }

    /// The committed vectors; with UPDATE_SNAPSHOTS=1 they are first replaced by the given ones.
    static func load(_ name: String, recording made: [Vector]) throws -> [Vector] {
        let url = url(name)
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try (encoder.encode(made) + Data("\n".utf8)).write(to: url)
        }
        return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: url))
    }
}
