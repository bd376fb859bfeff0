/// What a peer may do.
public enum Role: String, Hashable, Sendable, CaseIterable, Codable {
    /// Renders; nothing on the client port.
    case worker
    /// Looks at jobs and workers.
    case viewer
    /// Submits jobs as well, and brings their files.
    case submit
    /// Acts on all jobs and workers as well.
    case `operator`
    /// Everything.
    case admin

    /// Whether what `other` may do is among what this role may do.
    ///
    /// The roles of people are steps of a ladder; a worker stands beside it.
    public func includes(_ other: Role) -> Bool {
        switch (self, other) {
        case (.worker, .worker): true
        case (.worker, _), (_, .worker): false
        case (let mine, let needed): mine.rank >= needed.rank
        }
    }

    private var rank: Int {
        switch self {
        case .worker: 0
        case .viewer: 1
        case .submit: 2
        case .operator: 3
        case .admin: 4
        }
    }
}

/// Somebody who is known by a key.
public struct Principal: Hashable, Sendable, Codable {
    /// Lasting name; a worker's is its worker name.
    public var name: String
    /// The key.
    public var key: PublicKey
    /// What it may do.
    public var role: Role
    /// When it was admitted, in seconds since 1970.
    public var since: Int64
    /// The group of nodes that its join file was made for.
    public var pool: String?
    /// When its key was revoked; such a key is refused for good, and its name is free.
    public var revoked: Int64?

    /// Makes a principal.
    public init(name: String, key: PublicKey, role: Role, since: Int64, pool: String? = nil, revoked: Int64? = nil) {
        self.name = name
        self.key = key
        self.role = role
        self.since = since
        self.pool = pool
        self.revoked = revoked
    }
}

/// A port of the coordinator, as the handler of authentication knows it.
public enum Domain: String, Hashable, Sendable, CaseIterable {
    /// Control of workers.
    case control = "worker"
    /// Clients.
    case clients = "client"
    /// Blobs, of workers and of those who submit.
    case blobs = "blob"
    /// Newcomers: any key may knock, a proof decides.
    case enrol = "enrol"

    /// Whether a role has any business here.
    public func admits(_ role: Role) -> Bool {
        switch self {
        case .control: role == .worker
        case .clients: role.includes(.viewer)
        case .blobs: role == .worker || role.includes(.submit)
        case .enrol: true
        }
    }
}

extension PublicKey: Codable {
    /// Reads Z85 text.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let key = PublicKey(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no public key"))
        }
        self = key
    }

    /// Writes Z85 text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
