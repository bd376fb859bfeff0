import FarmModel

/// Everybody a farm admits, and the join files that are out: what the file of keys holds.
///
/// A plain value. Revoked keys stay in it, so that a key never comes back.
public struct KeyBook: Hashable, Sendable, Codable {
    /// Version of the file; a later program refuses to guess.
    public var version = 1
    /// Those who have a key here, the revoked ones included.
    public var principals: [Principal] = []
    /// Join files that were made.
    public var tokens: [JoinToken] = []

    /// Makes an empty book.
    public init() {}

    /// Who has this name and may speak.
    public func principal(named name: String) -> Principal? {
        principals.first { $0.name == name && $0.revoked == nil }
    }

    /// Admits a key under a name.
    ///
    /// - Throws: `KeyError` if the name is no name or is taken, or if the key is known.
    public mutating func allow(
        _ name: String, _ key: PublicKey, role: Role, at seconds: Int64, pool: String? = nil
    ) throws(KeyError) {
        guard WorkerID(name) != nil else {
            throw KeyError("this is no name", at: name, hint: "use 1 to 128 letters, digits, '.', '_' or '-'")
        }
        if let known = principals.first(where: { $0.key == key }) {
            guard known.revoked == nil else {
                throw KeyError("this key was revoked", at: known.name, hint: "make a new one")
            }
            guard known.name == name, known.role == role else {
                throw KeyError("this key is known already", at: known.name, hint: "make a new one for each name")
            }
            return
        }
        guard principal(named: name) == nil else {
            throw KeyError("the name is taken", at: name, hint: "revoke its key first, or choose another name")
        }
        guard principals.count < KeyLimits.principals else {
            throw KeyError("the list is full", at: "\(principals.count) keys", hint: "start a farm with a new folder")
        }
        principals.append(Principal(name: name, key: key, role: role, since: seconds, pool: pool))
    }

    /// Revokes the key of a name, or a key itself.
    ///
    /// - Throws: `KeyError` if nobody has it.
    public mutating func revoke(_ nameOrKey: String, at seconds: Int64) throws(KeyError) {
        let index = principals.firstIndex { $0.revoked == nil && ($0.name == nameOrKey || $0.key.text == nameOrKey) }
        guard let index else {
            throw KeyError("nobody has this name or key", at: nameOrKey, hint: "atelier keys list shows who has one")
        }
        principals[index].revoked = seconds
    }
}
