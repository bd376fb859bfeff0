import CoordinatorService
import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Testing

/// What the blob port says while the disk is nearly full.
@Suite(.timeLimit(.minutes(5))) struct LowDiskTests {
    @Test("B9: a worker's file waits without credit, a person's is refused, and questions are answered")
    func withheld() async throws {
        var storage = CoordinatorService.Storage()
        storage.reserveBytes = .max
        let farm = try await FarmLine(storage: storage)
        let control = try await farm.peer(
            try await farm.admit("w", .worker), .toWorker, at: farm.service.endpoints.control)
        let hello = Hello(
            worker: try #require(WorkerID("w")), instance: WorkerInstance(high: 1, low: 0), host: "h", slots: 1,
            backend: "test", engine: "test")
        guard case .coordinator(.welcome(let welcome)) = try await control.ask(.worker(.hello(hello))) else {
            Issue.record("no session")
            return
        }
        let blobs = try await farm.peer(control.pair, .blobs, at: farm.service.endpoints.blobs)
        let digest = try #require(Digest([UInt8](repeating: 1, count: 32)))
        await blobs.dealer.send(.blob(.put(transfer: 1, digest: digest, size: 9)), session: welcome.session)
        // The answer to what was asked later is the first word.
        let get = FrameBody.blob(.get(transfer: 2, digest: digest, offset: 0, credit: 1))
        #expect(
            try await blobs.ask(get, session: welcome.session)
                == .blob(.abort(transfer: 2, reason: .unknown, have: 0)))

        let person = try await farm.peer(
            try await farm.admit("ada", .submit), .toClient, at: farm.service.endpoints.clients)
        await person.dealer.send(.client(.open), session: .none)
        guard case .frame(.frame(let opened, _))? = await person.mailbox.next(upTo: 1).first else {
            Issue.record("no dialogue")
            return
        }
        let files = try await farm.peer(person.pair, .blobs, at: farm.service.endpoints.blobs)
        #expect(
            try await files.ask(.blob(.put(transfer: 1, digest: digest, size: 9)), session: opened.session)
                == .blob(.abort(transfer: 1, reason: .storage, have: 0)))
        try await farm.end(control, blobs, person, files)
    }
}
