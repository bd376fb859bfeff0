/// A model that somebody has published: what it is and where it lies.
public struct PublishedModel: Hashable, Sendable {
    /// A file of it.
    public struct File: Hashable, Sendable {
        /// What it is for.
        public var role: InstalledModel.File.Role
        /// Where it lies.
        public var url: String
        /// SHA-256 where its publisher, or the address itself, states it.
        public var sha256: String?
        /// The first digits of the SHA-256, where only these are stated.
        public var sha256Prefix: String?

        /// Names a file.
        public init(
            role: InstalledModel.File.Role, url: String, sha256: String? = nil, sha256Prefix: String? = nil
        ) {
            self.role = role
            self.url = url
            self.sha256 = sha256
            self.sha256Prefix = sha256Prefix
        }
    }

    /// What `pull` and templates call it.
    public var name: String
    /// What it is for; nil where only its weights will tell.
    public var kind: InstalledModel.Kind?
    /// One line on what it is made of.
    public var architecture: String
    /// About how large it is, in megabytes; nil where nobody states it.
    public var megabytes: Int?
    /// The licence of the weights as published, or `not stated`; nil where nobody was asked.
    public var licence: String?
    /// What it is good at.
    public var goodAt: String?
    /// The nonlinearity of a CLIP.
    public var activation: InstalledModel.Activation?
    /// The files, weights first; empty where it cannot be pulled.
    public var files: [File]
    /// How to come by it where it cannot be pulled.
    public var byHand: String?

    /// Describes a model.
    public init(
        name: String, kind: InstalledModel.Kind?, architecture: String = "unknown", megabytes: Int? = nil,
        licence: String? = nil, goodAt: String? = nil, files: [File], activation: InstalledModel.Activation? = nil,
        byHand: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.architecture = architecture
        self.megabytes = megabytes
        self.licence = licence
        self.goodAt = goodAt
        self.activation = activation
        self.files = files
        self.byHand = byHand
    }

    /// Whether the digest of the weights is known before they are fetched.
    public var isPinned: Bool { files.first { $0.role == .weights }?.sha256 != nil }
}

/// The models that `atelier models list` knows.
public enum Catalogue {
    /// All of them, the painters first.
    public static let models: [PublishedModel] = vqgans + clips

    /// The model of this name, whatever the case of its letters.
    public static func model(named name: String) -> PublishedModel? {
        models.first { $0.name.lowercased() == name.lowercased() }
    }
}
