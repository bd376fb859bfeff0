import FarmKeys
import FarmModel
import Foundation
import Logging
import Synchronization

/// The coordinator's own keys, and those it admits.
///
/// Either they are kept in the folder `keys` of its state, where the command changes them while the coordinator runs,
/// or they are made for one run and never written.
final class CoordinatorIdentity: Sendable {
    /// What the coordinator speaks with.
    let server: CurveKeyPair
    /// Who is admitted at present.
    let allowed: AllowList
    private let folder: KeyFolder?
    private let state: Mutex<State>
    private let logger: Logger

    private struct State {
        /// The file of keys as it was read last.
        var book = KeyBook()
        var next: PublicKey?
        /// The version of the files that was read last, and the one that was tried last.
        var (read, tried): ([Int64], [Int64]) = ([], [])
        /// Those who lost the right to speak and whose sessions are to be ended.
        var expelled: [Principal] = []
        /// What is wrong with the files, as the log has it.
        var complaint: String?
    }

    /// Makes or reads the keys; throws `KeyError`.
    init(_ configuration: CoordinatorService.Configuration, logger: Logger) throws(KeyError) {
        self.logger = logger
        switch configuration.identity {
        case .throwAway:
            folder = nil
            server = try .make()
            allowed = AllowList()
            state = Mutex(State())
        case .kept:
            let folder = try KeyFolder(stateFolder: configuration.stateFolder)
            let keys = try folder.serverKeys()
            let version = folder.version
            let book = try folder.book()
            allowed = AllowList(book.principals)
            server = keys.current
            state = Mutex(State(book: book, next: keys.next?.publicKey, read: version, tried: version))
            self.folder = folder
        }
    }

    /// The key that peers should know for later.
    var nextServerKey: PublicKey? { state.withLock { $0.next } }

    /// The message, with the next key in it if it is a WELCOME.
    func announcing(in message: CoordinatorMessage) -> CoordinatorMessage {
        guard case .welcome(var welcome) = message, let next = nextServerKey else { return message }
        welcome.nextServerKey = next.bytes
        return .welcome(welcome)
    }

    /// The reply, with the next key in it if it is an OPENED.
    func announcing(in reply: ClientReply) -> ClientReply {
        guard case .opened(var opened) = reply, let next = nextServerKey else { return reply }
        opened.nextServerKey = next.bytes
        return .opened(opened)
    }

    /// Leaves what clients and join files on this machine need: endpoints and an administrator's keys.
    func leaveAccess(at endpoints: CoordinatorService.Endpoints) throws(KeyError) {
        guard let folder, let enrol = endpoints.enrol else { return }
        let ports = KeyPorts(
            control: endpoints.control, clients: endpoints.clients, enrol: enrol, server: server.publicKey)
        // What is right already is left alone: a full disk is no reason not to start.
        if (try? KeyPorts(in: folder)) != ports { try ports.write(in: folder) }
        let known = try? AccessFile(at: folder.accessFile)
        if let known, allowed.principal(of: known.keys.publicKey)?.role == .admin {
            let fresh = access(known.name, known.keys, endpoints)
            if fresh != known { try fresh.write(to: folder.accessFile) }
            return
        }
        // The file was lost, or its key was revoked: whoever can write here may have a new one.
        let keys = try CurveKeyPair.make()
        let now = Int64(Date().timeIntervalSince1970)
        let change = try folder.change(
            { book throws(KeyError) in
                if book.principal(named: KeyPorts.administrator) != nil {
                    try book.revoke(KeyPorts.administrator, at: now)
                }
                try book.allow(KeyPorts.administrator, keys.publicKey, role: .admin, at: now)
            }, then: takeUp)
        try change.get()
        try access(KeyPorts.administrator, keys, endpoints).write(to: folder.accessFile)
    }

    /// Looks whether the files of keys have changed; those who may not speak any more, each once.
    ///
    /// What could not be read is tried again at the next call: a revocation is not lost because a disk hiccups.
    func refresh() -> [Principal] {
        if let folder, state.withLock({ $0.read }) != folder.version { reread(folder) }
        return state.withLock { state in
            defer { state.expelled = [] }
            return state.expelled
        }
    }

    private func reread(_ folder: KeyFolder) {
        // Taken before reading: what changes meanwhile is seen at the next look.
        let version = folder.version
        state.withLock { $0.tried = version }
        do {
            try folder.read { book, keys in
                takeUp(book)
                state.withLock { state in
                    (state.read, state.next) = (version, keys.following(server.publicKey))
                    state.complaint = nil
                }
            }
        } catch {
            let isNew = state.withLock { state in
                defer { state.complaint = "\(error)" }
                return state.complaint != "\(error)"
            }
            guard isNew else { return }
            logger.error(
                "cannot read the keys: those known so far hold, and a revocation has to wait until they can be read",
                metadata: ["error": "\(error)"])
        }
    }

    /// Takes a book up while nobody can change it, so that an older one never comes after a newer one.
    private func takeUp(_ book: KeyBook) {
        let lost = allowed.replace(with: book.principals)
        state.withLock { state in
            state.book = book
            state.expelled += lost
        }
    }

    /// Admits a worker for one run.
    func admit(worker name: String, at endpoints: CoordinatorService.Endpoints) throws(KeyError) -> AccessFile {
        let keys = try CurveKeyPair.make()
        allowed.admit(Principal(name: name, key: keys.publicKey, role: .worker, since: 0))
        return access(name, keys, endpoints)
    }

    /// Admits a newcomer that proves to hold a join file; durable when this returns.
    ///
    /// Anybody may ask, so who is refused costs no lock and no look into a file that has not changed.
    func enrol(_ request: EnrolRequest) throws(KeyError) -> Result<Principal, EnrolRefusal> {
        guard let folder else { return .failure(.proof) }
        if state.withLock({ $0.tried }) != folder.version { reread(folder) }
        let now = Int64(Date().timeIntervalSince1970)
        var copy = state.withLock { $0.book }
        do throws(EnrolRefusal) { _ = try copy.enrol(request, server: server.publicKey, at: now) } catch {
            return .failure(error)
        }
        return try folder.change(
            { book throws(EnrolRefusal) in try book.enrol(request, server: server.publicKey, at: now) }, then: takeUp)
    }

    private func access(
        _ name: String, _ keys: CurveKeyPair, _ endpoints: CoordinatorService.Endpoints
    ) -> AccessFile {
        AccessFile(
            control: endpoints.control, clients: endpoints.clients, server: server.publicKey,
            nextServer: nextServerKey, name: name, keys: keys)
    }
}
