import FarmModel
import FarmProtocol
import OrderedCollections
import Testing

@Suite struct LimitTests {
    private func frame(_ body: FrameBody) -> Frame { Frame(session: SessionID(1), sequence: 1, body: body) }

    @Test("F11: A body of 64 KiB is read, one octet more is too long")
    func controlBodyLimit() throws {
        // Field 16 is of a later edition and ignored: padding of any length.
        func bye(_ octets: Int) -> [UInt8] {
            let overhead = Proto.bytes(16, [UInt8](repeating: 0, count: octets)).count - octets
            return Proto.frame(0x15, Proto.bytes(16, [UInt8](repeating: 0, count: octets - overhead)))
        }
        let fits = bye(Limits.bodyBytes)
        #expect(fits.count == WireLimits.headerBytes + Limits.bodyBytes)
        #expect(try Frame.decode(fits, on: .fromWorker).body == .worker(.bye(reason: "")))
        #expect(throws: FrameError.tooLong(.bye, octets: Limits.bodyBytes + 1, limit: Limits.bodyBytes)) {
            try Frame.decode(bye(Limits.bodyBytes + 1), on: .fromWorker)
        }
    }

    @Test("A chunk of 256 KiB travels, one octet more does not")
    func chunkLimit() throws {
        let data = [UInt8](repeating: 7, count: Limits.chunkBytes)
        let bytes = try frame(.blob(.chunk(transfer: 1, offset: 0, bytes: Octets(data)))).encoded()
        #expect(bytes.count == Lane.blobs.frameLimit)
        #expect(try Frame.decode(bytes, on: .blobs).body == .blob(.chunk(transfer: 1, offset: 0, bytes: Octets(data))))
        #expect(throws: FrameError.self) {
            try frame(.blob(.chunk(transfer: 1, offset: 0, bytes: Octets(data + [7])))).encoded()
        }
        #expect(throws: FrameError.tooLong(.chunk, octets: 262_165, limit: 262_164)) {
            try Frame.decode(bytes + [7], on: .blobs)
        }
    }

    @Test("A job of five thousand prompts is larger than 64 KiB and still travels")
    func largeJob() throws {
        let prompts = (0..<5_000).map {
            Settings(uniqueKeysWithValues: [("prompt", .string("a lighthouse, take \($0)"))])
        }
        let space = ParameterSpace(axes: [.init(name: "prompt", values: prompts)])
        let job = JobSpec(name: "many", steps: [StepSpec(name: "s", action: .render, space: space)])
        let bytes = try frame(.client(.submit(job, key: Samples.digest))).encoded()
        #expect(bytes.count > Limits.bodyBytes)
        #expect(bytes.count < Lane.fromClient.frameLimit)
        #expect(try Frame.decode(bytes, on: .fromClient).body == .client(.submit(job, key: Samples.digest)))
    }

    @Test("Whatever a job may ask for, each of its tasks fits one offer")
    func largestOffer() throws {
        let prompt = String(repeating: "a", count: Limits.settingBytes - 6 - 8 - 16)
        let step = StepSpec(name: "s", action: .render, space: ParameterSpace(base: ["prompt": .string(prompt)]))
        let job = JobSpec(name: "long", steps: [step])
        try job.validate()
        var task = try #require(job.task(at: 0))
        task.inputs = (0..<Limits.artifacts).map { number in
            let name = String(repeating: "n", count: Limits.nameBytes - 2) + String(10 + number)
            return Artifact(name: name, kind: .frame, byteCount: Limits.blobBytes, digest: Samples.digest)
        }
        let attempt = TaskAttempt(task: TaskID(job: JobID(.max), index: UInt32(Limits.tasks - 1)), attempt: .max)
        let resume = Checkpoint(iteration: .max, digest: Samples.digest, byteCount: Limits.checkpointBytes)
        let body = FrameBody.coordinator(.offer(attempt, task, leaseMilliseconds: .max, resume: resume))
        #expect(try Frame.decode(frame(body).encoded(), on: .toWorker).body == body)
    }

    @Test("A sweep of two million points costs no more octets than its axes")
    func compactSpace() throws {
        let axes = [100, 100, 200].map { count in
            ParameterSpace.Axis(name: "x", values: (0..<count).map { ["x": .integer(Int64($0))] })
        }
        let job = JobSpec(name: "wide", steps: [StepSpec(name: "s", action: .noop, space: ParameterSpace(axes: axes))])
        #expect(job.taskCount == Limits.tasks)
        #expect(try frame(.client(.submit(job, key: Samples.digest))).encoded().count < 8_000)
    }

    @Test(
        "What would be refused is not sent",
        arguments: [
            .worker(.ready(free: 65)),
            .worker(.accept(TaskAttempt(task: TaskID(job: JobID(0), index: 0), attempt: 1))),
            .worker(.ping([HeldAttempt](repeating: HeldAttempt(Samples.first), count: 1_089))),
            .worker(.inventory(held: [], outbox: [TaskAttempt](repeating: Samples.first, count: 1_025), more: false)),
            .worker(
                .succeeded(
                    Samples.first,
                    TaskResult(
                        artifacts: [Artifact(name: "a/b", kind: .file, byteCount: 1, digest: Samples.digest)],
                        wallMilliseconds: 0))),
            .worker(.succeeded(Samples.first, TaskResult(artifacts: [], wallMilliseconds: -1))),
            .coordinator(
                .offer(
                    Samples.first, TaskSpec(action: .render, label: "a", settings: ["x": .number(.nan)]),
                    leaseMilliseconds: 1, resume: nil)),
            .coordinator(
                .offer(
                    Samples.first,
                    TaskSpec(
                        action: .render, label: "a", settings: ["x": .string(String(repeating: "a", count: 70_000))]),
                    leaseMilliseconds: 1, resume: nil)),
            .blob(.put(transfer: 1, digest: Samples.digest, size: -1)),
            .blob(.chunk(transfer: 1, offset: -1, bytes: [1])),
            .blob(.chunk(transfer: 1, offset: 0, bytes: [])),
            .client(.submit(JobSpec(name: "..", steps: []), key: Samples.digest)),
            .client(.query(.job(JobID(0)))),
            .client(.query(.jobNamed(String(repeating: "n", count: 101)))),
            .clientReply(.opened(Opened(epoch: 0))),
        ] as [FrameBody])
    func unsendable(body: FrameBody) {
        #expect(throws: FrameError.self) { try frame(body).encoded() }
    }

    @Test("A header that would be refused is not sent")
    func unsendableHeader() {
        #expect(throws: FrameError.self) {
            try Frame(session: .none, sequence: 1, body: .worker(.ready(free: 1))).encoded()
        }
        #expect(throws: FrameError.self) {
            try Frame(session: SessionID(1), sequence: 0, body: .worker(.ready(free: 1))).encoded()
        }
        #expect(throws: FrameError.self) {
            try Frame(session: SessionID(1), sequence: 1, body: .client(.open)).encoded()
        }
    }

    @Test("Free text is trimmed between characters and loses what could rewrite a terminal")
    func prose() throws {
        let long = String(repeating: "\u{1F3A8}", count: 3_000) + "end"
        let bytes = try frame(.worker(.bye(reason: "\u{1B}[2Jline\n" + long))).encoded()
        guard case .worker(.bye(let reason)) = try Frame.decode(bytes, on: .fromWorker).body else {
            Issue.record("no BYE came out")
            return
        }
        #expect(reason.hasPrefix(" [2Jline\n\u{1F3A8}"))
        #expect(reason.hasSuffix("\u{1F3A8}"))
        #expect(reason.utf8.count > WireLimits.proseBytes - 4)
        #expect(reason.utf8.count <= WireLimits.proseBytes)
    }

    @Test("A full inventory, RECONCILE, PING, PONG and RESULT fit into a control body")
    func fullPages() throws {
        let last = TaskAttempt(task: TaskID(job: JobID(.max), index: UInt32(Limits.tasks - 1)), attempt: .max)
        let held = [TaskAttempt](repeating: last, count: Limits.slots)
        let outbox = [TaskAttempt](repeating: last, count: WireLimits.outboxPage)
        _ = try frame(.worker(.inventory(held: held, outbox: outbox, more: true))).encoded()
        let verdicts = (held + outbox).map { Reconciliation(attempt: $0, verdict: .resend) }
        _ = try frame(.coordinator(.reconcile(verdicts))).encoded()
        // A worker lists what waits for an answer as well, which may be more than it has slots.
        let listed = [TaskAttempt](repeating: last, count: WireLimits.listed)
        let ping = FrameBody.worker(
            .ping(listed.map { HeldAttempt($0, iteration: .max, sinceStepMilliseconds: .max, hasEnded: true) }))
        #expect(try Frame.decode(try frame(ping).encoded(), on: .fromWorker).body == ping)
        let pong = FrameBody.coordinator(.pong(renewed: listed, ended: listed))
        #expect(try Frame.decode(try frame(pong).encoded(), on: .toWorker).body == pong)
        let artifacts = (0..<Limits.artifacts).map {
            Artifact(
                name: String(repeating: "a", count: 97) + "-\($0 % 100)", kind: .file, byteCount: Limits.blobBytes,
                digest: Samples.digest)
        }
        _ = try frame(.worker(.succeeded(last, TaskResult(artifacts: artifacts, wallMilliseconds: .max)))).encoded()
    }

    @Test("V6: What a peer of the first edition says is understood, and what it could not say is left open")
    func firstEdition() throws {
        func said(_ command: UInt8, session: UInt64 = 7, _ body: [UInt8]) throws -> FrameBody {
            try Frame.decode(Proto.frame(command, session: session, body), on: .fromWorker).body
        }
        let hello =
            Proto.text(1, "w") + Proto.bytes(2, [UInt8](repeating: 0, count: 16)) + Proto.text(3, "h")
            + Proto.number(4, 1) + Proto.text(5, "b") + Proto.text(6, "e")
        let plain = Hello(
            worker: try #require(WorkerID("w")), instance: WorkerInstance(high: 0, low: 0), host: "h", slots: 1,
            backend: "b", engine: "e")
        #expect(try said(0x01, session: 0, hello) == .worker(.hello(plain)))
        let attempt = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)
        #expect(try said(0x0B, Proto.attempt()) == .worker(.ping([HeldAttempt(attempt)])))
        #expect(try said(0x14, []) == .worker(.drain(.eventual)))
        // Nothing that it must know may be new to it: 7 to 15 are closed, and from 16 on it would not look.
        #expect(throws: FrameError.self) { try said(0x01, session: 0, hello + Proto.number(7, 1)) }
        #expect(try said(0x01, session: 0, hello + Proto.number(31, 1)) == .worker(.hello(plain)))
    }

    @Test(
        "F13: A loss may be any number or none",
        arguments: [Float.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    func oddLosses(loss: Float) throws {
        let attempt = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)
        let progress = FrameBody.worker(
            .progress(attempt, Progress(iteration: 1, iterations: 2, loss: loss, rate: 1)))
        let octets = try Frame(session: SessionID(7), sequence: 1, body: progress).encoded()
        guard case .worker(.progress(_, let read)) = try Frame.decode(octets, on: .fromWorker).body else {
            Issue.record("no progress")
            return
        }
        #expect(read.loss.bitPattern == loss.bitPattern)
    }

    @Test("V4, V5: Fields of later editions are ignored at every depth")
    func laterFields() throws {
        let attempt = Proto.bytes(
            1, Proto.number(1, 1) + Proto.number(2, 0) + Proto.number(3, 1) + Proto.text(16, "new"))
        let body = attempt + Proto.number(17, 5) + Proto.double(400, 1) + Proto.varint(18 << 3 | 5) + [1, 2, 3, 4]
        #expect(try Frame.decode(Proto.frame(0x08, body), on: .fromWorker).body == .worker(.accept(Samples.first)))
    }

    @Test("The answer to a refused frame follows from the error")
    func answers() {
        #expect(FrameError.signature.answer(about: 3) == nil)
        #expect(FrameError.version(2).answer(about: 3) == nil)
        #expect(FrameError.unknownCommand(0x7F, isIgnorable: true).answer(about: 3) == nil)
        let unknown = FrameError.unknownCommand(0x7F, isIgnorable: false)
        #expect(unknown.answer(about: 3)?.isFatal == false)
        #expect(!unknown.endsSession)
        let malformed = FrameError.malformed(.ready, "free is missing")
        #expect(
            malformed.answer(about: 3)
                == WireError(.malformed, about: 3, isFatal: true, detail: "READY: free is missing"))
        #expect(malformed.endsSession)
    }
}
