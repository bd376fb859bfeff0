import FarmKeys
import FarmTransport
import Foundation

/// A file with a secret that a command makes for somebody else: it is written before the farm knows of it, and taken
/// back if the farm does not take it, so that no name and no use is spent on a file that nobody has.
struct IssuedFile {
    private let path: String

    /// Throws `UserError` if the file is there already: it may be somebody's only one.
    init(_ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw UserError("\(path) is there already; name another file with --output, or delete it")
        }
        self.path = path
    }

    /// Makes a key and its access file; `admit` lets the key in.
    func write(
        _ address: String?, in folder: KeyFolder, for name: String,
        admit: (PublicKey, inout KeyBook) throws(KeyError) -> Void
    ) throws {
        try forUser {
            let (ports, server, keys) = (try KeyPorts(in: folder), try folder.serverKeys(), try CurveKeyPair.make())
            let reachable = ports.advertised(as: address)
            let access = AccessFile(
                control: reachable.control, clients: reachable.clients, server: ports.server,
                nextServer: server.following(ports.server), name: name, keys: keys)
            try access.write(to: path)
            try recorded(in: folder) { book throws(KeyError) in try admit(keys.publicKey, &book) }
            reachable.warnIfLocal()
        }
    }

    /// Makes the join file of a token.
    func write(_ address: String?, in folder: KeyFolder, token: JoinToken, at seconds: Int64) throws {
        try forUser {
            let (ports, server) = (try KeyPorts(in: folder), try folder.serverKeys())
            let reachable = ports.advertised(as: address)
            try JoinFile(
                control: reachable.control, enrol: reachable.enrol, server: ports.server,
                nextServer: server.following(ports.server), token: token
            ).write(to: path)
            try recorded(in: folder) { book throws(KeyError) in try book.add(token, at: seconds) }
            reachable.warnIfLocal()
        }
    }

    private func recorded(in folder: KeyFolder, _ change: (inout KeyBook) throws(KeyError) -> Void) throws {
        do { try folder.change(change).get() } catch {
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
    }
}

extension KeyPorts {
    /// The ports as other machines reach them.
    fileprivate func advertised(as host: String?) -> KeyPorts {
        let own = ProcessInfo.processInfo.hostName
        func reachable(_ bound: String) -> String { Endpoint.advertised(bound, host: host, ownName: own) }
        return KeyPorts(
            control: reachable(control), clients: reachable(clients), enrol: reachable(enrol), server: server)
    }

    /// Says so if other machines cannot reach them.
    fileprivate func warnIfLocal() {
        guard ["tcp://127.", "tcp://[::1]", "tcp://localhost:"].contains(where: control.hasPrefix) else { return }
        Notice.say(
            "the file names \(control), which only this machine reaches: start the coordinator with --bind 0.0.0.0, or give --address"
        )
    }
}
