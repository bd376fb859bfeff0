import Synchronization

/// Who is admitted at present: asked at every handshake and for every message.
///
/// It lies in memory and is replaced as a whole when the file of keys changes.
public final class AllowList: Sendable {
    /// The verdict on a key.
    public enum Verdict: Hashable, Sendable {
        /// It may speak here.
        case admitted
        /// It may not, and why: one line for the log.
        case refused(String)
    }

    private let principals: Mutex<[PublicKey: Principal]>

    /// Makes a list.
    public init(_ principals: [Principal] = []) {
        self.principals = Mutex(AllowList.table(principals))
    }

    /// Takes a new state of the list.
    ///
    /// - Returns: those who could speak before and cannot any more, in the order of their names.
    @discardableResult
    public func replace(with list: [Principal]) -> [Principal] {
        let new = AllowList.table(list)
        let old = principals.withLock { state in
            defer { state = new }
            return state
        }
        return old.values.filter { known in
            known.revoked == nil
                && (new[known.key].map { $0.revoked != nil || $0.role != known.role || $0.name != known.name } ?? true)
        }.sorted { $0.name < $1.name }
    }

    /// Adds one.
    public func admit(_ principal: Principal) { principals.withLock { $0[principal.key] = principal } }

    /// Who has a key; nil if nobody has it or it was revoked.
    public func principal(of key: PublicKey) -> Principal? {
        principals.withLock { $0[key] }.flatMap { $0.revoked == nil ? $0 : nil }
    }

    /// Whether a key may speak on a port.
    public func judge(_ key: PublicKey, in domain: Domain) -> Verdict {
        if domain == .enrol { return .admitted }
        guard let known = principals.withLock({ $0[key] }) else { return .refused("the key is not known here") }
        guard known.revoked == nil else { return .refused("the key of \(known.name) was revoked") }
        guard domain.admits(known.role) else {
            return .refused("the key of \(known.name) has the role \(known.role.rawValue), which has no business here")
        }
        return .admitted
    }

    private static func table(_ principals: [Principal]) -> [PublicKey: Principal] {
        Dictionary(principals.map { ($0.key, $0) }) { $1 }
    }
}
