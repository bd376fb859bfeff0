/// Where a running coordinator listens, for the command on the same machine.
public struct KeyPorts: Hashable, Sendable, Codable {
    /// Where workers connect.
    public var control: String
    /// Where clients connect.
    public var clients: String
    /// Where newcomers knock.
    public var enrol: String
    /// The key that it speaks with, which after a rotation is the old one until the next start.
    public var server: PublicKey

    /// The name of whoever administers a farm from the coordinator's machine.
    public static let administrator = "admin"

    /// Makes a list.
    public init(control: String, clients: String, enrol: String, server: PublicKey) {
        self.control = control
        self.clients = clients
        self.enrol = enrol
        self.server = server
    }

    /// What a coordinator left at its last start.
    ///
    /// - Throws: `KeyError` if none has ever run on this state.
    public init(in folder: KeyFolder) throws(KeyError) {
        self = try SecretFile.read(KeyPorts.self, at: folder.portsFile)
    }

    /// Writes the list.
    public func write(in folder: KeyFolder) throws(KeyError) {
        try SecretFile.write(self, to: folder.portsFile, ownedAs: folder.path)
    }
}
