import Crypto
import Foundation
public import Imaging

/// A file by name and, once somebody has read it, by the digest of its bytes.
///
/// Written as text: the name alone, or `name@sha256:` and 64 hexadecimal digits.
public struct FileReference: Sendable, Hashable, Codable {
    /// A path, or `starter`.
    public var name: String
    /// SHA-256 of the content, 64 lowercase hexadecimal digits.
    public var sha256: String?

    static let mark = "@sha256:"

    /// Makes a reference.
    public init(name: String, sha256: String? = nil) {
        self.name = name
        self.sha256 = sha256
    }

    /// Reads the text form; what follows the mark is checked when the specification is.
    public init(text: String) {
        guard let mark = text.range(of: FileReference.mark, options: .backwards) else {
            self.init(name: text)
            return
        }
        self.init(name: String(text[..<mark.lowerBound]), sha256: String(text[mark.upperBound...]))
    }

    /// The text form.
    public var text: String { sha256.map { name + FileReference.mark + $0 } ?? name }

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
