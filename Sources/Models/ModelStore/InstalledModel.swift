/// A model in the store: a name, what it is, and the files it is made of.
public struct InstalledModel: Codable, Hashable, Sendable {
    /// What a model is for.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// Paints pictures.
        case vqgan
        /// Judges pictures.
        case clip
    }

    /// One file of a model.
    public struct File: Codable, Hashable, Sendable {
        /// What a file is for.
        public enum Role: String, Codable, Hashable, Sendable {
            /// The tensors.
            case weights
            /// The hyperparameters.
            case configuration
            /// The tokenizer's vocabulary.
            case vocabulary
            /// Mean and deviation of the pictures that a CLIP was trained on.
            case preprocessing
        }

        /// What it is for.
        public var role: Role
        /// Its name in the model's folder.
        public var name: String
        /// SHA-256 of the content, 64 lowercase hexadecimal digits.
        public var sha256: String
        /// Size in octets.
        public var byteCount: Int64

        /// Makes a description.
        public init(role: Role, name: String, sha256: String, byteCount: Int64) {
            self.role = role
            self.name = name
            self.sha256 = sha256
            self.byteCount = byteCount
        }
    }

    /// What the nonlinearity of a CLIP is; its weights cannot tell.
    public enum Activation: String, Codable, Hashable, Sendable, CaseIterable {
        /// x σ(1.702 x).
        case quickGELU = "quick_gelu"
        /// x Φ(x).
        case gelu
    }

    /// What templates call it.
    public var name: String
    /// What it is for.
    public var kind: Kind
    /// Its files, the weights first.
    public var files: [File]
    /// One line on what it is made of.
    public var architecture: String
    /// The nonlinearity of a CLIP, where somebody stated it.
    public var activation: Activation?
    /// Where it came from: an address or a path.
    public var source: String
    /// Its licence as published; nil if nobody stated one.
    public var licence: String?
    /// Whether the digest was known before the bytes came.
    public var wasVerified: Bool

    /// Makes a record.
    public init(
        name: String, kind: Kind, files: [File], architecture: String, activation: Activation? = nil, source: String,
        licence: String? = nil, wasVerified: Bool
    ) {
        self.name = name
        self.kind = kind
        self.files = files
        self.architecture = architecture
        self.activation = activation
        self.source = source
        self.licence = licence
        self.wasVerified = wasVerified
    }

    /// The file with the tensors.
    public var weights: File? { files.first { $0.role == .weights } }
    /// Octets of all files.
    public var byteCount: Int64 { files.reduce(0) { $0 + $1.byteCount } }

    /// Whether a text can be a model's name: letters, digits, `.`, `_` and `-`, not starting with a dot or dash.
    public static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= Limits.nameCharacters else { return false }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-") && text.utf8.allSatisfy(isNameCharacter)
    }

    static func isNameCharacter(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || [45, 46, 95].contains(byte)
    }

    /// Whether a text is a SHA-256 as it is written here.
    public static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// What is wrong with a record that was read; nil if nothing is.
    var flaw: String? {
        guard InstalledModel.isName(name) else { return "its name cannot be one" }
        guard (1...Limits.files).contains(files.count), files.count(where: { $0.role == .weights }) == 1 else {
            return "it does not have one file of weights and few others"
        }
        guard Set(files.map(\.name)).count == files.count else { return "two files have one name" }
        for file in files {
            guard InstalledModel.isName(file.name), InstalledModel.isDigest(file.sha256),
                (0...Limits.fileBytes).contains(file.byteCount)
            else { return "a file in it is not described as one" }
        }
        let texts = [architecture, source, licence ?? ""]
        return texts.allSatisfy { $0.count <= Limits.textCharacters } ? nil : "a text in it is too long"
    }
}
