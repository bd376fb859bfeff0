public import FarmModel

/// What a coordinator keeps of its own identity.
public struct ServerKeys: Hashable, Sendable {
    /// The pair it speaks with.
    public var current: CurveKeyPair
    /// The pair it will speak with later; peers are told of it so that they know it then.
    public var next: CurveKeyPair?

    /// Puts them together.
    public init(current: CurveKeyPair, next: CurveKeyPair? = nil) {
        self.current = current
        self.next = next
    }

    /// What peers should know for later, if the coordinator speaks with `running` at present: nil if nothing.
    ///
    /// After the end of a rotation and before the next start it still speaks with the old key.
    public func following(_ running: PublicKey) -> PublicKey? {
        current.publicKey == running ? next?.publicKey : current.publicKey
    }
}

/// How to reach a farm, and as whom: the one file that a client or a worker needs.
///
/// It holds a secret key, so its mode is 0600 and it is copied, not shown.
public struct AccessFile: Hashable, Sendable {
    /// Where workers connect.
    public var control: String
    /// Where clients connect.
    public var clients: String
    /// The coordinator's key.
    public var server: PublicKey
    /// The key it will have after a rotation, if one was announced.
    public var nextServer: PublicKey?
    /// The name that the owner is known by.
    public var name: String
    /// The name that the owner asked for, if it was taken.
    public var wanted: String?
    /// The group of nodes it belongs to, if any.
    public var pool: String?
    /// The join file that a worker came in with, by its number.
    public var token: Digest?
    /// The owner's keys.
    public var keys: CurveKeyPair

    /// Makes a file's content.
    public init(
        control: String, clients: String, server: PublicKey, nextServer: PublicKey? = nil, name: String,
        pool: String? = nil, keys: CurveKeyPair
    ) {
        self.control = control
        self.clients = clients
        self.server = server
        self.nextServer = nextServer
        self.name = name
        self.pool = pool
        self.keys = keys
    }

    /// Reads a file of mode 0600; throws `KeyError`.
    public init(at path: String) throws(KeyError) { self = try SecretFile.read(AccessFile.self, at: path) }

    /// Writes a file of mode 0600; throws `KeyError`.
    public func write(to path: String) throws(KeyError) { try SecretFile.write(self, to: path) }
}

/// What a new node needs to join: one file to copy, good for so many nodes and so long.
public struct JoinFile: Hashable, Sendable, Codable {
    /// Version of the file.
    public var version = 1
    /// Where workers connect.
    public var control: String
    /// Where newcomers knock.
    public var enrol: String
    /// The coordinator's key.
    public var server: PublicKey
    /// The key it will have after a rotation, if one was announced.
    public var nextServer: PublicKey?
    /// Number of the token.
    public var token: Digest
    /// What a newcomer proves to know.
    public var secret: JoinSecret
    /// The last second it is good for, since 1970; for people.
    public var expires: Int64
    /// The group of nodes it is for.
    public var pool: String?

    /// Makes a file's content for a token.
    public init(
        control: String, enrol: String, server: PublicKey, nextServer: PublicKey? = nil, token: JoinToken
    ) {
        self.control = control
        self.enrol = enrol
        self.server = server
        self.nextServer = nextServer
        self.token = token.id
        secret = token.secret
        expires = token.expires
        pool = token.pool
    }

    /// Reads a file of mode 0600; throws `KeyError`.
    public init(at path: String) throws(KeyError) { self = try SecretFile.read(JoinFile.self, at: path) }

    /// Writes a file of mode 0600; throws `KeyError`.
    public func write(to path: String) throws(KeyError) { try SecretFile.write(self, to: path) }
}

extension AccessFile: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, control, clients
        case server = "server_key"
        case nextServer = "next_server_key"
        case name, wanted, pool, token
        case publicKey = "public_key"
        case secretKey = "secret_key"
    }

    /// Reads the fields; the two halves of the pair must fit.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        control = try box.decode(String.self, forKey: .control)
        clients = try box.decode(String.self, forKey: .clients)
        server = try box.decode(PublicKey.self, forKey: .server)
        nextServer = try box.decodeIfPresent(PublicKey.self, forKey: .nextServer)
        name = try box.decode(String.self, forKey: .name)
        wanted = try box.decodeIfPresent(String.self, forKey: .wanted)
        pool = try box.decodeIfPresent(String.self, forKey: .pool)
        token = try box.decodeIfPresent(Digest.self, forKey: .token)
        keys = try CurveKeyPair(
            publicKey: try box.decode(PublicKey.self, forKey: .publicKey),
            secret: try box.decode(String.self, forKey: .secretKey), decoder)
    }

    /// Writes the fields, the secret key among them.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(1, forKey: .version)
        try box.encode(control, forKey: .control)
        try box.encode(clients, forKey: .clients)
        try box.encode(server, forKey: .server)
        try box.encodeIfPresent(nextServer, forKey: .nextServer)
        try box.encode(name, forKey: .name)
        try box.encodeIfPresent(wanted, forKey: .wanted)
        try box.encodeIfPresent(pool, forKey: .pool)
        try box.encodeIfPresent(token, forKey: .token)
        try box.encode(keys.publicKey, forKey: .publicKey)
        try box.encode(keys.secretKey.text, forKey: .secretKey)
    }
}

extension ServerKeys: Codable {
    private struct Pair: Codable {
        var publicKey: PublicKey
        var secretKey: String

        init(_ pair: CurveKeyPair) { (publicKey, secretKey) = (pair.publicKey, pair.secretKey.text) }
    }

    private enum CodingKeys: String, CodingKey { case current, next }

    /// Reads one or two pairs.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        let pair = try box.decode(Pair.self, forKey: .current)
        current = try CurveKeyPair(publicKey: pair.publicKey, secret: pair.secretKey, decoder)
        next = try box.decodeIfPresent(Pair.self, forKey: .next).map {
            try CurveKeyPair(publicKey: $0.publicKey, secret: $0.secretKey, decoder)
        }
    }

    /// Writes one or two pairs.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(Pair(current), forKey: .current)
        try box.encodeIfPresent(next.map(Pair.init), forKey: .next)
    }
}

extension CurveKeyPair {
    fileprivate init(publicKey: PublicKey, secret: String, _ decoder: any Decoder) throws {
        guard let key = SecretKey(secret), let pair = CurveKeyPair(publicKey: publicKey, secretKey: key) else {
            // The text of a decoding error must not hold the key.
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "the two keys do not belong to each other"))
        }
        self = pair
    }
}
