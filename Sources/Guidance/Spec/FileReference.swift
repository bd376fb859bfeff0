import Crypto
import Foundation
public import Imaging
import ModelStore

/// A file by name and, once somebody has read it, by the digest of its bytes.
///
/// Written as text: the name alone, or `name@sha256:` and 64 hexadecimal digits, followed by `+file:` and 64 digits for
/// each small file that belongs to it, such as a model's configuration.
public struct FileReference: Sendable, Hashable, Codable {
    /// A file that belongs to another one and is needed with it.
    public struct Companion: Sendable, Hashable {
        /// Its name beside the file.
        public var name: String
        /// SHA-256 of its content, 64 lowercase hexadecimal digits.
        public var sha256: String

        /// Makes a companion.
        public init(name: String, sha256: String) {
            self.name = name
            self.sha256 = sha256
        }
    }

    /// A path, an installed model's name, or `starter`.
    public var name: String
    /// SHA-256 of the content, 64 lowercase hexadecimal digits.
    public var sha256: String?
    /// What is needed with it; only where the digest is known.
    public var companions: [Companion]

    static let mark = "@sha256:"

    /// Makes a reference.
    public init(name: String, sha256: String? = nil, companions: [Companion] = []) {
        self.name = name
        self.sha256 = sha256
        self.companions = companions
    }

    /// Reads the text form; what follows the mark is checked when the specification is.
    public init(text: String) {
        guard let mark = text.range(of: FileReference.mark, options: .backwards) else {
            self.init(name: text)
            return
        }
        let parts = text[mark.upperBound...].split(separator: "+", omittingEmptySubsequences: false)
        let companions = parts.dropFirst().map { part in
            let ends = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return Companion(name: String(ends[0]), sha256: ends.count == 2 ? String(ends[1]) : "")
        }
        self.init(
            name: String(text[..<mark.lowerBound]), sha256: parts.first.map(String.init) ?? "", companions: companions)
    }

    /// The text form.
    public var text: String {
        guard let sha256 else { return name }
        return name + FileReference.mark + sha256 + companions.map { "+\($0.name):\($0.sha256)" }.joined()
    }

    /// Whether a text is a SHA-256 as it is written here.
    static func isDigest(_ text: String) -> Bool { InstalledModel.isDigest(text) }

    /// The embedded model.
    public static let starter = FileReference(name: "starter")

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        self.init(text: try decoder.singleValueContainer().decode(String.self))
    }
}

extension RGBImage {
    /// Reads a PNG and, if the reference has a digest, checks that it is the very file that was meant.
    ///
    /// - Parameters:
    ///   - file: what was meant.
    ///   - path: where its content lies; by default where its name says.
    /// - Returns: the picture.
    /// - Throws: `ImageError` if it is no picture, `RenderSpecError` if it is another one.
    public static func read(verified file: FileReference, at path: String? = nil) throws -> RGBImage {
        let bytes = try fileContents(at: path ?? file.name)
        if let expected = file.sha256, SHA256.hash(data: bytes).hexadecimal != expected {
            throw RenderSpecError.conflict("the file \(file.name) has changed: its SHA-256 is not \(expected)")
        }
        do {
            return try read(png: bytes)
        } catch {
            throw error.at(path: file.name)
        }
    }
}
