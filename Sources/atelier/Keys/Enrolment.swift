import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Logging

/// A node's first knock: its key is made here, its proof is sent, and what it needs later is kept.
enum Enrolment {
    /// Joins with a join file; throws `UserError` with what to do.
    ///
    /// The key lies beside `accessFile` before the request leaves: asked again, it is the same node and costs no use.
    /// Keys that the farm may know already are tried first, since they keep the node's name.
    ///
    /// A coordinator that has another key by now, which the file announces, is known by that one.
    static func join(
        _ file: JoinFile, as name: WorkerID, knownAs known: AccessFile? = nil, keptIn accessFile: String
    ) async throws -> AccessFile {
        do {
            return try await knock(file, as: name, knownAs: known, keptIn: accessFile)
        } catch let error as WrongServer {
            guard let next = file.nextServer else { throw UserError("\(error)") }
            var file = file
            (file.server, file.nextServer) = (next, nil)
            do { return try await knock(file, as: name, knownAs: known, keptIn: accessFile) } catch is WrongServer {
                throw UserError("\(error)")
            }
        }
    }

    private static func knock(
        _ file: JoinFile, as name: WorkerID, knownAs known: AccessFile?, keptIn accessFile: String
    ) async throws -> AccessFile {
        if let known, known.server == file.server,
            let again = try? await enrol(file, known, as: name, keptIn: accessFile)
        {
            return again
        }
        let pending = unfinished(accessFile)
        let access = try forUser { () -> AccessFile in
            // Whatever was begun is gone on with: the key may be admitted already.
            if var known = try? AccessFile(at: pending), known.server == file.server || known.nextServer == file.server
            {
                (known.server, known.nextServer) = (file.server, file.nextServer)
                return known
            }
            let made = AccessFile(
                control: file.control, clients: "", server: file.server, nextServer: file.nextServer, name: name.name,
                pool: file.pool, keys: try .make())
            try made.write(to: pending)
            return made
        }
        let joined = try await enrol(file, access, as: name, keptIn: accessFile)
        try? FileManager.default.removeItem(atPath: pending)
        return joined
    }

    /// Where the keys of a node lie until it has its access file.
    static func unfinished(_ accessFile: String) -> String { accessFile + ".joining" }

    private static func enrol(
        _ file: JoinFile, _ old: AccessFile, as name: WorkerID, keptIn accessFile: String
    ) async throws -> AccessFile {
        var access = old
        let request = EnrolRequest(
            token: file.token, secret: file.secret, key: access.keys.publicKey, name: name.name, server: file.server)
        guard case .enrolled(let given, let pool) = try await ask(file.enrol, access, request, name) else {
            throw UserError("the coordinator at \(file.enrol) gave no answer that makes sense")
        }
        access.name = given.name
        access.pool = pool.isEmpty ? nil : pool
        (access.control, access.token) = (file.control, file.token)
        try forUser { [access] in try access.write(to: accessFile) }
        return access
    }

    private static func ask(
        _ endpoint: String, _ access: AccessFile, _ request: EnrolRequest, _ name: WorkerID
    ) async throws -> EnrolReply {
        let loop = try SocketLoop(name: "atelier-join")
        let context = try ZMQContext()
        let (dealer, mailbox) = Heard.line(.toNewcomer, on: loop, in: context)
        func end() async {
            await dealer.disconnect()
            await loop.stop()
            context.terminate()
        }
        do {
            try await dealer.connect(to: endpoint, security: .client(access.keys, server: access.server))
            let message = EnrolMessage(
                token: request.token, key: request.key.bytes, name: name, nonce: request.nonce, proof: request.proof)
            await dealer.send(.newcomer(message), session: .none)
            let answer = await mailbox.next(upTo: 1, within: Limits.clientPatience).first
            await end()
            switch answer {
            case .frame(.frame(let frame, _)):
                guard case .enrolReply(let reply) = frame.body else { throw UserError("\(endpoint) is no enrol port") }
                if case .refused(let reason) = reply { throw UserError("the coordinator refuses: \(reason)") }
                return reply
            case .frame(.broken(let error, _)): throw UserError("\(endpoint) does not speak this protocol: \(error)")
            case .trouble(.wrongServer): throw WrongServer(endpoint: endpoint)
            case .trouble(let trouble): throw UserError("\(endpoint): \(trouble)")
            case nil: throw UserError("no answer from \(endpoint) within \(Limits.clientPatience)")
            }
        } catch {
            await end()
            throw error
        }
    }
}
