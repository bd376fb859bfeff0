import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Foundation
import Glibc
import Logging

/// Sends the files of results and checkpoints to the coordinator's blob port, a few at a time, and fetches what tasks
/// need from there.
///
/// An upload that breaks off is tried again while the session lasts; after a reconnect the machine asks anew. What is
/// fetched is wanted until it is there, whatever happens to sessions. It has a thread of its own and may wait for the
/// disk there.
actor BlobExchange {
    /// What it deals with.
    enum Input: Sendable {
        case inbound(Inbound)
        /// The connection does not come up.
        case trouble(LineTrouble)
        case tick
    }

    /// What files belong to.
    enum Owner: Hashable, Sendable {
        /// The result of an attempt.
        case result(TaskAttempt)
        /// Its checkpoint after so many iterations.
        case checkpoint(TaskAttempt, UInt32)
    }

    /// What becomes of files.
    enum News: Sendable {
        /// The last one is at the coordinator.
        case stored(Owner)
        /// One cannot be stored, however often it is tried, and why.
        case lost(Owner, String)
        /// What is fetched comes in.
        case arriving
    }

    /// A file to be stored.
    struct File: Sendable {
        let digest: Digest
        let byteCount: Int64
        let path: String
    }

    /// A file that is still to be stored.
    private struct Upload {
        let owner: Owner
        let file: File
        var pause = 0
        /// How often the coordinator found that its content is not what its name says.
        var mismatches = 0
    }

    private let loop: SocketLoop
    private let mailbox: Mailbox<Input>
    private let identity: WorkerIdentity
    let dealer: FrameDealer
    let logger: Logger
    let tell: @Sendable (News) -> Void
    private(set) var session: SessionID?
    /// Where it connects, or did last.
    private var endpoint = ""
    /// What the log says of this connection.
    private var said: LineTrouble?
    /// What is fetched, by `BlobExchange+Fetching`.
    var fetches = Fetches()
    let cache: FileCache
    private var waiting: [Upload] = []
    private var active: [UInt64: (upload: Upload, sender: BlobSender)] = [:]
    /// How many files of each owner are not stored yet.
    private var remaining: [Owner: Int] = [:]
    var transfers: UInt64 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// `tell` is called with what becomes of uploads.
    init(
        loop: SocketLoop, context: ZMQContext, identity: WorkerIdentity, cache: FileCache, logger: Logger,
        tell: @escaping @Sendable (News) -> Void
    ) {
        self.loop = loop
        self.identity = identity
        self.cache = cache
        self.logger = logger
        self.tell = tell
        let mailbox = Mailbox<Input>(capacity: Limits.mailbox)
        self.mailbox = mailbox
        dealer = FrameDealer(
            on: loop, in: context, lane: .blobs, into: mailbox, logger: logger,
            onTrouble: { mailbox.offer(.trouble($0)) }
        ) { .inbound($0) }
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
        (self.endpoint, said) = (endpoint, nil)
        do {
            try await dealer.connect(to: endpoint, security: identity.security)
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

    /// Stores files; nothing happens if that is under way.
    func upload(_ files: [File], of owner: Owner) async {
        guard remaining[owner] == nil else { return }
        guard !files.isEmpty else { return tell(.stored(owner)) }
        for file in files where BlobExchange.size(of: file.path) != file.byteCount {
            return tell(.lost(owner, "\(file.path) is not there any more, or has another size"))
        }
        remaining[owner] = files.count
        waiting += files.map { Upload(owner: owner, file: $0) }
        await startMore()
    }

    /// Drops what is left to do for an owner.
    func forget(_ owner: Owner) async {
        guard remaining.removeValue(forKey: owner) != nil else { return }
        waiting.removeAll { $0.owner == owner }
        for transfer in active.keys.sorted() where active[transfer]?.upload.owner == owner {
            await run(transfer) { $0.cancel(.unknown) }
        }
    }

    private func lose(_ owner: Owner, _ reason: String) async {
        guard remaining[owner] != nil else { return }
        await forget(owner)
        tell(.lost(owner, reason))
    }

    private static func size(of path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }

    private func handle(_ input: Input) async {
        switch input {
        case .inbound(.frame(let frame, _)):
            guard case .blob(let message) = frame.body, frame.session == session else { return }
            if isFetch(message.transfer) { return await fetched(message) }
            await run(message.transfer) { $0.handle(message) }
        case .inbound(.broken(let error, _)):
            logger.warning("the blob port broke the protocol", metadata: ["error": "\(error)"])
        case .trouble(let trouble):
            guard said != trouble else { return }
            said = trouble
            logger.error(
                "no connection for files, so no result can be delivered: \(trouble)",
                metadata: ["endpoint": "\(endpoint)"])
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
                offering: upload.file.digest, size: upload.file.byteCount, transfer: transfers)
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
            let path = entry.upload.file.path
            return entry.sender.read(try FilePiece.read(path, at: offset, count: count))
        } catch {
            logger.error("cannot read an output", metadata: ["path": "\(entry.upload.file.path)", "error": "\(error)"])
            return entry.sender.failed()
        }
    }

    private func end(_ transfer: UInt64, _ outcome: BlobOutcome) async {
        guard var upload = active.removeValue(forKey: transfer)?.upload, let left = remaining[upload.owner] else {
            return
        }
        switch outcome {
        case .complete, .alreadyThere:
            remaining[upload.owner] = left > 1 ? left - 1 : nil
            if left == 1 { tell(.stored(upload.owner)) }
        case .aborted(let reason, _):
            logger.warning(
                "a transfer broke off", metadata: ["file": "\(upload.file.path)", "reason": "\(reason.rawValue)"])
            if reason == .digest { upload.mismatches += 1 }
            if let why = BlobExchange.whyNotAgain(upload, reason) {
                await lose(upload.owner, why)
            } else {
                upload.pause = Limits.blobPauseTicks
                waiting.append(upload)
            }
        }
        await startMore()
    }

    /// Why a transfer that broke off is not tried again; nil if it is.
    ///
    /// A result is worth any patience, as long as its files are what they were; a checkpoint is not.
    private static func whyNotAgain(_ upload: Upload, _ reason: AbortReason) -> String? {
        let path = upload.file.path
        guard size(of: path) == upload.file.byteCount else {
            return "\(path) is not there any more, or has another size"
        }
        if upload.mismatches >= Limits.digestMismatches { return "the content of \(path) has changed" }
        switch (upload.owner, reason) {
        case (.checkpoint, .quota), (.checkpoint, .storage):
            return "the coordinator does not take it: \(reason.rawValue)"
        case (.checkpoint, _), (.result, _): return nil
        }
    }
}
