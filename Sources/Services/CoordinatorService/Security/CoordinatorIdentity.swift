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
    private let next: Mutex<PublicKey?>
    private let version: Mutex<[Int64]>
    private let logger: Logger

    /// Makes or reads the keys; throws `KeyError`.
    init(_ configuration: CoordinatorService.Configuration, logger: Logger) throws(KeyError) {
        self.logger = logger
        switch configuration.identity {
        case .throwAway:
            folder = nil
            server = try .make()
            allowed = AllowList()
            next = Mutex(nil)
            version = Mutex([])
        case .kept:
            let folder = try KeyFolder(stateFolder: configuration.stateFolder)
            let keys = try folder.serverKeys()
            version = Mutex(folder.version)
            allowed = AllowList(try folder.book().principals)
            server = keys.current
            next = Mutex(keys.next?.publicKey)
            self.folder = folder
        }
    }

    /// The key that peers should know for later.
    var nextServerKey: PublicKey? { next.withLock { $0 } }

    /// The message, with the next key in it if it is a WELCOME.
    func announcing(in message: CoordinatorMessage) -> CoordinatorMessage {
        guard case .welcome(var welcome) = message, let next = nextServerKey else { return message }
        welcome.nextServerKey = next.bytes
        return .welcome(welcome)
    }

    /// Leaves what clients and join files on this machine need: endpoints and an administrator's keys.
    func leaveAccess(at endpoints: CoordinatorService.Endpoints) throws(KeyError) {
        guard let folder else { return }
        let ports = KeyPorts(control: endpoints.control, clients: endpoints.clients, enrol: endpoints.enrol)
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
        _ = try folder.change { book throws(KeyError) in
            if book.principal(named: KeyPorts.administrator) != nil { try book.revoke(KeyPorts.administrator, at: now) }
            try book.allow(KeyPorts.administrator, keys.publicKey, role: .admin, at: now)
        }.get()
        try access(KeyPorts.administrator, keys, endpoints).write(to: folder.accessFile)
        allowed.replace(with: try folder.book().principals)
    }

    /// Looks whether the files of keys have changed; those who may not speak any more.
    func refresh() -> [Principal] {
        guard let folder else { return [] }
        let found = folder.version
        let isNew = version.withLock { version in
            defer { version = found }
            return version != found
        }
        guard isNew else { return [] }
        do {
            let (book, keys) = (try folder.book(), try folder.serverKeys())
            next.withLock { $0 = keys.next?.publicKey }
            return allowed.replace(with: book.principals)
        } catch {
            logger.error("cannot read the keys, those known so far hold", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// Admits a worker for one run.
    func admit(worker name: String, at endpoints: CoordinatorService.Endpoints) throws(KeyError) -> AccessFile {
        let keys = try CurveKeyPair.make()
        allowed.admit(Principal(name: name, key: keys.publicKey, role: .worker, since: 0))
        return access(name, keys, endpoints)
    }

    /// Admits a newcomer that proves to hold a join file; durable when this returns.
    func enrol(_ request: EnrolRequest) throws(KeyError) -> Result<Principal, EnrolRefusal> {
        guard let folder else { return .failure(.proof) }
        let now = Int64(Date().timeIntervalSince1970)
        let result = try folder.change { book throws(EnrolRefusal) in
            try book.enrol(request, server: server.publicKey, at: now)
        }
        if case .success(let principal) = result { allowed.admit(principal) }
        return result
    }

    private func access(
        _ name: String, _ keys: CurveKeyPair, _ endpoints: CoordinatorService.Endpoints
    ) -> AccessFile {
        AccessFile(
            control: endpoints.control, clients: endpoints.clients, server: server.publicKey,
            nextServer: nextServerKey, name: name, keys: keys)
    }
}
