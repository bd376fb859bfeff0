import FarmKeys
import FarmModel
import Foundation

/// How a worker comes by its keys.
enum WorkerAdmission {
    /// The file in a worker's state that holds them.
    static func file(in state: String) -> String { state + "/access.json" }

    /// Finds or makes the keys of a worker; throws `UserError`.
    ///
    /// A node that has joined before needs nothing. Otherwise a join file lets it in; or an access file made for it; or,
    /// on the coordinator's own machine, the coordinator's state folder, where whoever can write may admit.
    static func access(join: String?, farm: String?, name: WorkerID, state: String) async throws -> AccessFile {
        do {
            try FileManager.default.createDirectory(
                atPath: state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw UserError("cannot make the state folder \(state): \(error.localizedDescription)")
        }
        let kept = file(in: state)
        let known: AccessFile? =
            FileManager.default.fileExists(atPath: kept) ? try forUser { try AccessFile(at: kept) } : nil
        if let join {
            let file = try forUser { try JoinFile(at: join) }
            if let known, known.token == file.token { return known }
            return try await Enrolment.join(file, as: name, knownAs: known, keptIn: kept)
        }
        let place = FarmPlace(farm)
        if farm != nil, place.isFile { return try forUser { try AccessFile(at: place.path) } }
        if farm == nil, let known { return known }
        guard farm != nil || FileManager.default.fileExists(atPath: place.path) else {
            throw UserError(
                "this node has joined no farm: give --join a file made with atelier join create on the coordinator's machine"
            )
        }
        await waitForCoordinator(at: place)
        return try forUser { try admit(name, known, in: try place.keys(), keptIn: kept) }
    }

    /// Daemons of one machine may start together: the coordinator's first start takes a moment.
    private static func waitForCoordinator(at place: FarmPlace) async {
        let limit = ContinuousClock.now + Limits.clientPatience
        while !FileManager.default.fileExists(atPath: KeyFolder.accessFile(in: place.path)), ContinuousClock.now < limit
        {
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func admit(
        _ name: WorkerID, _ known: AccessFile?, in folder: KeyFolder, keptIn kept: String
    ) throws -> AccessFile {
        let (ports, server) = (try KeyPorts(in: folder), try folder.serverKeys())
        // A key is one name's for good: a node that was renamed has a new one.
        let keys = try known.flatMap { $0.name == name.name ? $0.keys : nil } ?? CurveKeyPair.make()
        let now = KeysCommand.Place.now
        let admitted = try folder.change { book throws(KeyError) in
            if let other = book.principal(named: name.name), other.role == .worker, other.key != keys.publicKey {
                // Its state folder was lost: the name goes to the new key.
                try book.revoke(name.name, at: now)
            }
            try book.allow(name.name, keys.publicKey, role: .worker, at: now)
        }
        if case .failure(let error) = admitted { throw error }
        let access = AccessFile(
            control: ports.control, clients: ports.clients, server: server.current.publicKey,
            nextServer: server.next?.publicKey, name: name.name, keys: keys)
        if access != known { try access.write(to: kept) }
        return access
    }
}
