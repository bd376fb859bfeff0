import FarmKeys
import FarmModel
import Foundation

/// How a worker comes by its keys.
struct WorkerAdmission {
    /// As whom it works.
    let access: AccessFile
    /// The file that holds this, and that a new key of the coordinator goes into.
    let file: String

    /// Finds or makes the keys of a worker; throws `UserError`.
    ///
    /// A node that has joined before needs nothing. Otherwise a join file lets it in; or an access file made for it; or,
    /// on the coordinator's own machine, the coordinator's state folder, where whoever can write may admit: under the
    /// name, or the first like it that is free, unless the key that has it is to be replaced.
    init(join: String?, farm: String?, name: WorkerID, state: String, replacing: Bool = false) async throws {
        do {
            try FileManager.default.createDirectory(
                atPath: state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw UserError("cannot make the state folder \(state): \(error.localizedDescription)")
        }
        let kept = state + "/access.json"
        let known: AccessFile? =
            FileManager.default.fileExists(atPath: kept) ? try forUser { try AccessFile(at: kept) } : nil
        if let join {
            (access, file) = (try await WorkerAdmission.joining(join, known, as: name, keptIn: kept), kept)
            return
        }
        let place = FarmPlace(farm)
        if farm == nil, let known {
            (access, file) = (known, kept)
            return
        }
        if place.isFile {
            (access, file) = (try forUser { try AccessFile(at: place.path) }, place.path)
            return
        }
        guard farm != nil || place.exists else {
            throw UserError(
                "this node has joined no farm: give --join a file made with atelier join create on the coordinator's machine"
            )
        }
        await WorkerAdmission.waitForCoordinator(at: place)
        access = try forUser {
            try WorkerAdmission.admit(name, known, in: try place.keys(), keptIn: kept, replacing: replacing)
        }
        file = kept
    }

    /// The words that jobs may ask for: those given, and the pool of its join file.
    func tags(and given: [String]) -> [String] {
        guard let pool = access.pool, JobSpec.isTag(pool), !given.contains(pool) else { return given }
        return given + [pool]
    }

    private static func joining(
        _ join: String, _ known: AccessFile?, as name: WorkerID, keptIn kept: String
    ) async throws -> AccessFile {
        if let known, !FileManager.default.fileExists(atPath: join) {
            Notice.say("\(join) is not there; this node has joined before and needs it no more")
            return known
        }
        let file = try forUser { try JoinFile(at: join) }
        if let known, known.token == file.token { return known }
        return try await Enrolment.join(file, as: name, knownAs: known, keptIn: kept)
    }

    /// Daemons of one machine may start together: the coordinator's first start takes a moment.
    private static func waitForCoordinator(at place: FarmPlace) async {
        let limit = ContinuousClock.now + Limits.clientPatience
        while !FileManager.default.fileExists(atPath: KeyFolder.accessFile(in: place.path)), ContinuousClock.now < limit
        {
            try? await Task.sleep(for: Limits.keysPoll)
        }
    }

    private static func admit(
        _ name: WorkerID, _ known: AccessFile?, in folder: KeyFolder, keptIn kept: String, replacing: Bool
    ) throws -> AccessFile {
        let (ports, server) = (try KeyPorts(in: folder), try folder.serverKeys())
        let now = KeysCommand.Place.now
        var given = name.name
        // A key is one name's for good: a node that was renamed has a new one.
        let isKnown = known.map { $0.name == given || $0.wanted == given } ?? false
        let keys = try known.flatMap { isKnown ? $0.keys : nil } ?? begun(name, beside: kept, ports, server)
        let admitted = try folder.change { book throws(KeyError) in
            if let mine = book.principals.first(where: { $0.key == keys.publicKey && $0.revoked == nil }) {
                given = mine.name
            } else if book.principal(named: given) != nil {
                if replacing, book.principal(named: given)?.role == .worker {
                    try book.revoke(given, at: now)
                } else if let free = book.freeName(like: given) {
                    given = free
                }
            }
            try book.allow(given, keys.publicKey, role: .worker, at: now)
        }
        if case .failure(let error) = admitted { throw error }
        if given != name.name, given != known?.name {
            Notice.say(
                "\(name) is taken, so this worker is \(given); if the other one's state is lost, start with --replace")
        }
        var access = AccessFile(
            control: ports.control, clients: ports.clients, server: ports.server,
            nextServer: server.following(ports.server), name: given, keys: keys)
        if given != name.name { access.wanted = name.name }
        if access != known { try access.write(to: kept) }
        try? FileManager.default.removeItem(atPath: Enrolment.unfinished(kept))
        return access
    }

    /// The keys of an admission that was begun, or new ones; they lie beside the access file before anybody admits them.
    ///
    /// Whoever is admitted and then cannot keep his keys would come again with others, and find his name taken.
    private static func begun(
        _ name: WorkerID, beside kept: String, _ ports: KeyPorts, _ server: ServerKeys
    ) throws -> CurveKeyPair {
        let path = Enrolment.unfinished(kept)
        if let begun = try? AccessFile(at: path), begun.name == name.name, begun.server == ports.server {
            return begun.keys
        }
        let made = AccessFile(
            control: ports.control, clients: ports.clients, server: ports.server,
            nextServer: server.following(ports.server), name: name.name, keys: try .make())
        try made.write(to: path)
        return made.keys
    }
}
