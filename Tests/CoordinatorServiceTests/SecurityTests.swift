import CoordinatorService
import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import OrderedCollections
import Testing

/// Who may say what to a coordinator: the ids are those of the conformance suite.
@Suite(.timeLimit(.minutes(5))) struct SecurityTests {
    private func hello(_ name: String, instance: UInt64 = 1) throws -> FrameBody {
        .worker(
            .hello(
                Hello(
                    worker: try #require(WorkerID(name)), instance: WorkerInstance(high: instance, low: 0), host: "h",
                    slots: 1, backend: "test", engine: "test")))
    }

    private func welcome(_ body: FrameBody) throws -> Welcome {
        guard case .coordinator(.welcome(let welcome)) = body else { throw FarmLine.Unexpected("\(body)") }
        return welcome
    }

    @Test("A10: a key speaks for its own name only")
    func identity() async throws {
        let farm = try await FarmLine()
        let peer = try await farm.peer(
            try await farm.admit("w1", .worker), .toWorker, at: farm.service.endpoints.control)
        #expect(try await peer.ask(try hello("w2")) == .coordinator(.refuse(.identity, retryAfterMilliseconds: 0)))
        _ = try welcome(try await peer.ask(try hello("w1")))
        try await farm.end(peer)
    }

    @Test("S7: a second process with one identity is refused while the first is alive")
    func twice() async throws {
        let farm = try await FarmLine()
        let pair = try await farm.admit("w1", .worker)
        let first = try await farm.peer(pair, .toWorker, at: farm.service.endpoints.control)
        _ = try welcome(try await first.ask(try hello("w1", instance: 1)))
        let second = try await farm.peer(pair, .toWorker, at: farm.service.endpoints.control)
        guard case .coordinator(.refuse(.identityInUse, _)) = try await second.ask(try hello("w1", instance: 2)) else {
            Issue.record("the second process was let in")
            return
        }
        try await farm.end(first, second)
    }

    @Test("A session of another key is no session: nothing happens in it")
    func othersSession() async throws {
        let farm = try await FarmLine()
        let one = try await farm.peer(
            try await farm.admit("w1", .worker), .toWorker, at: farm.service.endpoints.control)
        let two = try await farm.peer(
            try await farm.admit("w2", .worker), .toWorker, at: farm.service.endpoints.control)
        let (first, second) = (
            try welcome(try await one.ask(try hello("w1"))), try welcome(try await two.ask(try hello("w2")))
        )
        let bye = FrameBody.coordinator(.bye(reason: "unknown session"))
        #expect(try await two.ask(.worker(.ready(free: 1)), session: first.session) == bye)
        // Its own is as it was, and so is the other's.
        let inventory = FrameBody.worker(.inventory(held: [], outbox: [], more: false))
        #expect(try await two.ask(inventory, session: second.session) == .coordinator(.reconcile([])))
        #expect(try await one.ask(inventory, session: first.session) == .coordinator(.reconcile([])))
        // The same holds for blobs.
        let digest = try #require(Digest([UInt8](repeating: 1, count: 32)))
        let get = FrameBody.blob(.get(transfer: 1, digest: digest, offset: 0, credit: 1))
        let abort = FrameBody.blob(.abort(transfer: 1, reason: .unknown, have: 0))
        let blobs = try await farm.peer(two.pair, .blobs, at: farm.service.endpoints.blobs)
        #expect(try await blobs.ask(get, session: first.session) == abort)
        try await farm.end(one, two, blobs)
    }

    @Test("A8: after a revocation no message of a live session takes effect")
    func revocation() async throws {
        let farm = try await FarmLine()
        let peer = try await farm.peer(
            try await farm.admit("w1", .worker), .toWorker, at: farm.service.endpoints.control)
        let welcome = try welcome(try await peer.ask(try hello("w1")))
        let inventory = FrameBody.worker(.inventory(held: [], outbox: [], more: false))
        #expect(try await peer.ask(inventory, session: welcome.session) == .coordinator(.reconcile([])))
        try farm.keys.change { book throws(KeyError) in try book.revoke("w1", at: 2) }.get()
        let bye = FrameBody.coordinator(.bye(reason: "the key of this worker was revoked"))
        #expect(try await peer.hear() == bye)
        // The connection is still there, but nothing goes through it.
        #expect(try await peer.ask(.worker(.ready(free: 1)), session: welcome.session) == bye)
        #expect(
            try await peer.ask(try hello("w1")) == .coordinator(.refuse(.identity, retryAfterMilliseconds: 0)))
        try await peer.connect()
        #expect(try await peer.trouble() == .notAdmitted)
        try await farm.end(peer)
    }

    @Test("A9: a worker's key is refused on the client port, and a user's on the control port")
    func wrongPort() async throws {
        let farm = try await FarmLine()
        let worker = try await farm.peer(
            try await farm.admit("w1", .worker), .toClient, at: farm.service.endpoints.clients)
        #expect(try await worker.trouble() == .notAdmitted)
        let user = try await farm.peer(
            try await farm.admit("ada", .admin), .toWorker, at: farm.service.endpoints.control)
        #expect(try await user.trouble() == .notAdmitted)
        let viewer = try await farm.peer(
            try await farm.admit("eve", .viewer), .blobs, at: farm.service.endpoints.blobs)
        #expect(try await viewer.trouble() == .notAdmitted)
        try await farm.end(worker, user, viewer)
    }

    @Test("A11: each request needs its role", arguments: [Role.viewer, .submit, .operator, .admin])
    func roles(role: Role) async throws {
        let farm = try await FarmLine()
        let pair = try await farm.admit("someone", role)
        let peer = try await farm.peer(pair, .toClient, at: farm.service.endpoints.clients)
        guard case .clientReply(.opened(let opened)) = try await peer.ask(.client(.open)) else {
            Issue.record("not opened")
            return
        }
        let session = SessionID(opened.epoch)
        let key = try #require(Digest([UInt8](repeating: 3, count: 32)))
        let job = JobSpec(name: "j", steps: [StepSpec(name: "wait", action: .noop, space: ParameterSpace())])
        // Each with the least role for it; a refusal for another reason is no refusal of the role.
        let requests: [(ClientMessage, Role)] = [
            (.query(.jobs), .viewer), (.submit(job, key: key), .submit), (.command(.cancel, JobID(1)), .operator),
            (.workerCommand(.forgive, try #require(WorkerID("w1"))), .operator),
        ]
        for (message, needed) in requests {
            let reply = try await peer.ask(.client(message), session: session)
            let isRefused: Bool =
                if case .clientReply(.refused(let reason)) = reply { reason.contains("has the role") } else { false }
            #expect(isRefused == !role.includes(needed), "\(role) \(message) \(reply)")
        }
        // Who may submit may bring files, but takes none away.
        if role.includes(.submit) {
            let blobs = try await farm.peer(pair, .blobs, at: farm.service.endpoints.blobs)
            let get = FrameBody.blob(.get(transfer: 1, digest: key, offset: 0, credit: 1))
            #expect(
                try await blobs.ask(get, session: session)
                    == .blob(.abort(transfer: 1, reason: .unknown, have: 0)))
            let put = FrameBody.blob(.put(transfer: 2, digest: key, size: 9))
            guard case .blob(.go) = try await blobs.ask(put, session: session) else {
                Issue.record("a file was not taken")
                return
            }
            await blobs.dealer.disconnect()
        }
        try await farm.end(peer)
    }

    @Test("A7: a newcomer with a join file is admitted, and only with its own key")
    func enrolment() async throws {
        let farm = try await FarmLine()
        let server = try farm.keys.serverKeys().current.publicKey
        let token = JoinToken(expires: .max, uses: 1, pool: "spot")
        try farm.keys.change { book throws(KeyError) in try book.add(token, at: 0) }.get()
        let (pair, other) = (try CurveKeyPair.make(), try CurveKeyPair.make())
        func enrol(_ key: PublicKey) throws -> FrameBody {
            let request = EnrolRequest(token: token.id, secret: token.secret, key: key, name: "node", server: server)
            return .newcomer(
                EnrolMessage(
                    token: token.id, key: key.bytes, name: try #require(WorkerID("node")), nonce: request.nonce,
                    proof: request.proof))
        }
        let thief = try await farm.peer(other, .toNewcomer, at: try #require(farm.service.endpoints.enrol))
        guard case .enrolReply(.refused) = try await thief.ask(try enrol(pair.publicKey)) else {
            Issue.record("somebody spoke for another key")
            return
        }
        let node = try await farm.peer(pair, .toNewcomer, at: try #require(farm.service.endpoints.enrol))
        let name = try #require(WorkerID("node"))
        for _ in 0..<2 {
            #expect(
                try await node.ask(try enrol(pair.publicKey)) == .enrolReply(.enrolled(name: name, pool: "spot")))
        }
        guard case .enrolReply(.refused(let reason)) = try await thief.ask(try enrol(other.publicKey)) else {
            Issue.record("one use too many")
            return
        }
        #expect(reason == EnrolRefusal.usedUp.advice)
        // At once, and durable.
        let worker = try await farm.peer(pair, .toWorker, at: farm.service.endpoints.control)
        _ = try welcome(try await worker.ask(try hello("node")))
        #expect(try farm.keys.book().principal(named: "node")?.key == pair.publicKey)
        try await farm.end(thief, node, worker)
    }
}
