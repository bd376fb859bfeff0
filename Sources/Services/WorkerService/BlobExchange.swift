import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Foundation
import Logging

/// Sends the files of results to the coordinator's blob port, a few at a time, and fetches what tasks need from there.
///
/// An upload that breaks off is tried again while the session lasts; after a reconnect the machine asks anew. What is
/// fetched is wanted until it is there, whatever happens to sessions. It has a thread of its own and may wait for the
/// disk there.
actor BlobExchange {
    /// What it deals with.
    enum Input: Sendable {
        case inbound(Inbound)
        case tick
    }

    /// A file that is still to be stored.
    private struct Upload {
        let attempt: TaskAttempt
        let artifact: Artifact
        let path: String
        var pause = 0
    }

    private let loop: SocketLoop
    private let mailbox: Mailbox<Input>
    let dealer: FrameDealer
    let logger: Logger
    private let stored: @Sendable (TaskAttempt) -> Void
    private(set) var session: SessionID?
    /// What is fetched, by `BlobExchange+Fetching`.
    var fetches = Fetches()
    let cache: FileCache
    private var waiting: [Upload] = []
    private var active: [UInt64: (upload: Upload, sender: BlobSender)] = [:]
    /// Files of each attempt that are not stored yet.
    private var remaining: [TaskAttempt: Int] = [:]
    var transfers: UInt64 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// `stored` is called when the last file of an attempt is there.
    init(
        loop: SocketLoop, context: ZMQContext, cache: FileCache, logger: Logger,
        stored: @escaping @Sendable (TaskAttempt) -> Void
    ) {
        self.loop = loop
        self.cache = cache
        self.logger = logger
        self.stored = stored
        let mailbox = Mailbox<Input>(capacity: Limits.mailbox)
        self.mailbox = mailbox
        dealer = FrameDealer(on: loop, in: context, lane: .blobs, into: mailbox, logger: logger) { .inbound($0) }
    }

    /// Works until it is shut down.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [mailbox] in
                while (try? await Task.sleep(for: Limits.blobTick)) != nil { mailbox.offer(.tick) }
            }
            while true {
                let batch = await mailbox.next(upTo: Limits.blobBatch)
                if batch.isEmpty { break }
                for input in batch { await handle(input) }
            }
            group.cancelAll()
        }
    }

    /// Ends `run()`.
    func shutDown() async {
        await dealer.disconnect()
        mailbox.finish()
        abandonFetches("the worker is stopping")
    }

    /// Connects for a session; what was under way in an earlier one is forgotten.
    func open(_ endpoint: String, session: SessionID) async {
        await close()
        self.session = session
        do {
            try await dealer.connect(to: endpoint)
        } catch {
            logger.error("cannot connect for blobs", metadata: ["endpoint": "\(endpoint)", "error": "\(error)"])
        }
        await startFetches()
    }

    /// Leaves the session.
    func close() async {
        session = nil
        (waiting, active, remaining) = ([], [:], [:])
        suspendFetches()
        await dealer.disconnect()
    }

    /// Stores files of an attempt; nothing happens if that is under way.
    func upload(_ attempt: TaskAttempt, _ files: [(artifact: Artifact, path: String)]) async {
        guard remaining[attempt] == nil else { return }
        guard !files.isEmpty else { return stored(attempt) }
        remaining[attempt] = files.count
        waiting += files.map { Upload(attempt: attempt, artifact: $0.artifact, path: $0.path) }
        await startMore()
    }

    /// Drops what is left to do for an attempt.
    func forget(_ attempt: TaskAttempt) async {
        guard remaining.removeValue(forKey: attempt) != nil else { return }
        waiting.removeAll { $0.attempt == attempt }
        for transfer in active.keys.sorted() where active[transfer]?.upload.attempt == attempt {
            await run(transfer) { $0.cancel(.unknown) }
        }
    }

    private func handle(_ input: Input) async {
        switch input {
        case .inbound(.frame(let frame, _)):
            guard case .blob(let message) = frame.body, frame.session == session else { return }
            if isFetch(message.transfer) { return await fetched(message) }
            await run(message.transfer) { $0.handle(message) }
        case .inbound(.broken(let error, _)):
            logger.warning("the blob port broke the protocol", metadata: ["error": "\(error)"])
        case .tick:
            for transfer in active.keys.sorted() { await run(transfer) { $0.nudge() } }
            for index in waiting.indices { waiting[index].pause = max(0, waiting[index].pause - 1) }
            await startMore()
            await lookAfterFetches()
        }
    }

    private func startMore() async {
        while active.count < TransportLimits.transfersPerPeer, session != nil,
            let index = waiting.firstIndex(where: { $0.pause == 0 })
        {
            let upload = waiting.remove(at: index)
            transfers += 1
            let sender = BlobSender(
                offering: upload.artifact.digest, size: upload.artifact.byteCount, transfer: transfers)
            active[transfers] = (upload, sender)
            await run(transfers) { $0.start() }
        }
    }

    private func run(_ transfer: UInt64, _ change: (inout BlobSender) -> [BlobEffect]) async {
        guard var entry = active[transfer] else { return }
        var effects = change(&entry.sender)[...]
        active[transfer] = entry
        while let effect = effects.popFirst() {
            switch effect {
            case .send(let message):
                if let session { await dealer.send(.blob(message), session: session) }
            case .read(let offset, let count):
                effects += read(transfer, offset, count)
            case .end(let outcome):
                await end(transfer, outcome)
            case .write, .verify:
                preconditionFailure("a sender neither writes nor verifies")
            }
        }
    }

    private func read(_ transfer: UInt64, _ offset: Int64, _ count: Int) -> [BlobEffect] {
        guard var entry = active[transfer] else { return [] }
        defer { active[transfer] = entry }
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: entry.upload.path))
            defer { try? file.close() }
            try file.seek(toOffset: UInt64(offset))
            return entry.sender.read([UInt8](try file.read(upToCount: count) ?? Data()))
        } catch {
            logger.error("cannot read an output", metadata: ["path": "\(entry.upload.path)", "error": "\(error)"])
            return entry.sender.failed()
        }
    }

    private func end(_ transfer: UInt64, _ outcome: BlobOutcome) async {
        guard var upload = active.removeValue(forKey: transfer)?.upload, let left = remaining[upload.attempt] else {
            return
        }
        switch outcome {
        case .complete, .alreadyThere:
            remaining[upload.attempt] = left > 1 ? left - 1 : nil
            if left == 1 { stored(upload.attempt) }
        case .aborted(let reason, _):
            logger.warning(
                "a transfer broke off, trying again",
                metadata: ["file": "\(upload.artifact.name)", "reason": "\(reason.rawValue)"])
            upload.pause = Limits.blobPauseTicks
            waiting.append(upload)
        }
        await startMore()
    }
}
