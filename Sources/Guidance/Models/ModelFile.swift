import Crypto
import Foundation
import ModelStore

/// A file that a model was read from, with the digest of its bytes.
public struct ModelFile: Sendable, Hashable, Codable {
    /// What a file is for.
    public enum Role: String, Sendable, Codable, CaseIterable {
        /// Weights of the painter.
        case vqganWeights = "vqgan_weights"
        /// Configuration of the painter.
        case vqganConfiguration = "vqgan_configuration"
        /// Weights of the judge.
        case clipWeights = "clip_weights"
        /// Configuration of the judge.
        case clipConfiguration = "clip_configuration"
        /// Weights of the judge that scores.
        case scorerWeights = "judge_weights"
        /// Configuration of the judge that scores.
        case scorerConfiguration = "judge_configuration"
        /// Merges or vocabulary of the tokenizer of the judge that scores.
        case scorerVocabulary = "judge_vocabulary"
        /// Merges or vocabulary of the tokenizer.
        case vocabulary
    }

    /// What it is for.
    public let role: Role
    /// Its name without folders.
    public let name: String
    /// SHA-256 of the content, 64 lowercase hexadecimal digits.
    public let sha256: String

    /// Makes a record.
    public init(role: Role, name: String, sha256: String) {
        self.role = role
        self.name = name
        self.sha256 = sha256
    }

    /// Reads a file once to compute its digest; throws if it cannot be read.
    public init(role: Role, path: String) throws {
        let file = URL(fileURLWithPath: path)
        self.init(role: role, name: file.lastPathComponent, sha256: try ModelFile.digest(ofFile: path))
    }

    /// SHA-256 of a file as hexadecimal digits, noted for the next time; throws if it cannot be read.
    public static func digest(ofFile path: String) throws -> String {
        try FileDigest.shared.of(path).sha256
    }
}

extension SHA256Digest {
    /// 64 lowercase hexadecimal digits.
    var hexadecimal: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
