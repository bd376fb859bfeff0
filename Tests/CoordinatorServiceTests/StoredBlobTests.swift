import FarmKeys
import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Foundation
import OrderedCollections
import Testing

@testable import CoordinatorService

/// What workers and clients hear of blobs, and what becomes of results whose files are not as reported.
@Suite(.timeLimit(.minutes(5))) struct StoredBlobTests {
    private let content = Array("picture".utf8)
    private let at = WallTime(milliseconds: 1)

    /// A worker's control connection in a session, with its inventory told.
    private func worker(_ farm: FarmLine, _ name: String = "w1") async throws
        -> (peer: FarmLine.Peer, session: SessionID)
    {
        let peer = try await farm.peer(
            try await farm.admit(name, .worker), .toWorker, at: farm.service.endpoints.control)
        let hello = Hello(
            worker: try #require(WorkerID(name)), instance: WorkerInstance(high: 1, low: 0), host: "h", slots: 1,
            backend: "test", engine: "test")
        guard case .coordinator(.welcome(let welcome)) = try await peer.ask(.worker(.hello(hello))) else {
            throw FarmLine.Unexpected("no session")
        }
        let inventory = FrameBody.worker(.inventory(held: [], outbox: [], more: false))
        guard case .coordinator(.reconcile) = try await peer.ask(inventory, session: welcome.session) else {
            throw FarmLine.Unexpected("no verdict")
        }
        return (peer, welcome.session)
    }

    private func submitted() throws -> FarmModel.Record {
        let key = FarmModel.Digest([UInt8](repeating: 1, count: 32))
        let job = JobSpec(name: "j", steps: [StepSpec(name: "wait", action: .noop, space: ParameterSpace())])
        return .jobSubmitted(JobID(1), job, key: try #require(key), at: at)
    }

    /// Somebody who may only ask, and the session of clients.
    private func viewer(_ farm: FarmLine) async throws -> (peer: FarmLine.Peer, session: SessionID) {
        let client = try await farm.peer(
            try await farm.admit("eve", .viewer), .toClient, at: farm.service.endpoints.clients)
        guard case .clientReply(.opened(let opened)) = try await client.ask(.client(.open)) else {
            throw FarmLine.Unexpected("not opened")
        }
        return (client, SessionID(opened.epoch))
    }

    /// How the only task of job 1 stands.
    private func task(_ viewer: (peer: FarmLine.Peer, session: SessionID)) async throws -> TaskStatus? {
        let query = FrameBody.client(.query(.tasks(JobID(1), .all, TaskPageRequest())))
        guard case .clientReply(.tasks(let page)) = try await viewer.peer.ask(query, session: viewer.session) else {
            return nil
        }
        return page.tasks.first
    }

    @Test("While a stored blob is compared with its name, whoever offers it hears a sign of life, and then HAVE")
    func comparison() async throws {
        var digest: FarmModel.Digest?
        let farm = try await FarmLine(prepare: { digest = try $0.blobs.insert(content) })
        let (control, session) = try await worker(farm)
        let blobs = try await farm.peer(control.pair, .blobs, at: farm.service.endpoints.blobs)
        let put = FrameBody.blob(.put(transfer: 1, digest: try #require(digest), size: 7))
        #expect(try await blobs.ask(put, session: session) == .blob(.credit(transfer: 1, total: 0)))
        #expect(try await blobs.hear() == .blob(.have(transfer: 1)))
        #expect(try await blobs.ask(put, session: session) == .blob(.have(transfer: 1)))
        try await farm.end(control, blobs)
    }

    @Test("A checkpoint that was damaged is forgotten, and its blob is taken anew")
    func damagedCheckpoint() async throws {
        var digest: FarmModel.Digest?
        let lease = Lease(
            attempt: TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1),
            worker: try #require(WorkerID("w1")))
        let farm = try await FarmLine(prepare: { store in
            let blob = try store.blobs.insert(content)
            digest = blob
            let checkpoint = Checkpoint(iteration: 5, digest: blob, byteCount: 7)
            try store.commit([
                try submitted(), .attemptStarted(lease, at: at), .checkpointStored(lease, checkpoint, at: at),
            ])
            try Data("pictvre".utf8).write(to: URL(fileURLWithPath: store.blobs.path(of: blob)))
        })
        let (control, session) = try await worker(farm)
        let viewer = try await viewer(farm)
        #expect(try await task(viewer)?.iteration == 5)
        let blobs = try await farm.peer(control.pair, .blobs, at: farm.service.endpoints.blobs)
        let put = FrameBody.blob(.put(transfer: 1, digest: try #require(digest), size: 7))
        #expect(try await blobs.ask(put, session: session) == .blob(.credit(transfer: 1, total: 0)))
        #expect(try await blobs.hear() == .blob(.go(transfer: 1, offset: 0, credit: 7)))
        #expect(try await task(viewer)?.iteration == 0)
        try await farm.end(control, blobs, viewer.peer)
    }

    @Test("A checkpoint that the disk damages while the coordinator runs is forgotten when its receiver complains")
    func complaint() async throws {
        var found: (digest: FarmModel.Digest, path: String)?
        let lease = Lease(
            attempt: TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1),
            worker: try #require(WorkerID("w1")))
        let farm = try await FarmLine(prepare: { store in
            let blob = try store.blobs.insert(content)
            found = (blob, store.blobs.path(of: blob))
            let checkpoint = Checkpoint(iteration: 5, digest: blob, byteCount: 7)
            try store.commit([
                try submitted(), .attemptStarted(lease, at: at), .checkpointStored(lease, checkpoint, at: at),
            ])
        })
        let (digest, path) = try #require(found)
        let (control, session) = try await worker(farm)
        let viewer = try await viewer(farm)
        let blobs = try await farm.peer(control.pair, .blobs, at: farm.service.endpoints.blobs)
        func get(_ transfer: UInt64) -> FrameBody {
            .blob(.get(transfer: transfer, digest: digest, offset: 0, credit: 7))
        }
        func complain(of transfer: UInt64) async {
            await blobs.dealer.send(.blob(.abort(transfer: transfer, reason: .digest, have: 0)), session: session)
        }
        // Compared with its name now, and known to be sound.
        let put = FrameBody.blob(.put(transfer: 1, digest: digest, size: 7))
        #expect(try await blobs.ask(put, session: session) == .blob(.credit(transfer: 1, total: 0)))
        #expect(try await blobs.hear() == .blob(.have(transfer: 1)))
        // The disk changes an octet, and nothing else.
        var times = [timespec](repeating: timespec(), count: 2)
        var status = stat()
        #expect(stat(path, &status) == 0)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.write(contentsOf: Data("pictvre".utf8))
        try file.close()
        times = [status.st_atim, status.st_mtim]
        #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
        // Nobody else's word counts, nor one about what was never sent.
        await complain(of: 8)
        let chunk = FrameBody.blob(.chunk(transfer: 2, offset: 0, bytes: Octets(Array("pictvre".utf8))))
        #expect(try await blobs.ask(get(2), session: session) == chunk)
        #expect(try await blobs.hear() == .blob(.getEnd(transfer: 2, size: 7)))
        #expect(try await task(viewer)?.iteration == 5)
        await complain(of: 2)
        while try await task(viewer)?.iteration != 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await blobs.ask(get(3), session: session) == .blob(.abort(transfer: 3, reason: .unknown, have: 0)))
        #expect(!FileManager.default.fileExists(atPath: path))
        try await farm.end(control, blobs, viewer.peer)
    }

    @Test("A result whose file is not as long as reported is bad output, and not recorded")
    func wrongSize() async throws {
        var digest: FarmModel.Digest?
        let farm = try await FarmLine(prepare: { store in
            digest = try store.blobs.insert(content)
            try store.commit([try submitted()])
        })
        let (control, session) = try await worker(farm)
        guard
            case .coordinator(.offer(let attempt, _, _, _)) = try await control.ask(
                .worker(.ready(free: 1)), session: session)
        else { throw FarmLine.Unexpected("no offer") }
        await control.dealer.send(.worker(.accept(attempt)), session: session)
        let file = Artifact(name: "a.png", kind: .frame, byteCount: 8, digest: try #require(digest))
        let result = TaskResult(artifacts: [file], wallMilliseconds: 1)
        guard
            case .coordinator(.resultOK(attempt, _)) = try await control.ask(
                .worker(.succeeded(attempt, result)), session: session)
        else { throw FarmLine.Unexpected("no answer") }
        let viewer = try await viewer(farm)
        let task = try await task(viewer)
        #expect(task?.state != .succeeded && task?.failures == 1)
        try await farm.end(control, viewer.peer)
    }
}
