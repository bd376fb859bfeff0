import FarmModel
import FarmProtocol
import OrderedCollections

/// Valid frames of every kind: the source of `protocols/vectors/accepted.json`.
struct Sample {
    var name: String
    var lane: Lane
    var meaning: String
    var frame: Frame
}

enum Samples {
    static let session = SessionID(0x1122_3344_5566_7788)
    static let digest = makeDigest(first: 0)
    static let attempt = TaskAttempt(task: TaskID(job: JobID(3), index: 17), attempt: 2)
    static let first = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)

    static func makeDigest(first: UInt8) -> Digest {
        guard let digest = Digest((0..<32).map { first &+ UInt8($0) }) else { preconditionFailure("32 octets") }
        return digest
    }

    static var worker: WorkerID {
        guard let worker = WorkerID("node-07.gpu0") else { preconditionFailure("a valid name") }
        return worker
    }

    static let settings: Settings = [
        "prompt": .string("a lighthouse, \u{201C}oil on canvas\u{201D} \u{1F3A8}"),
        "seed": .integer(-42),
        "iterations": .integer(0),
        "step_size": .number(0.05),
        "mirror": .boolean(false),
        "size": .list([.integer(512), .integer(384)]),
        "schedule": .list([.list([.number(0), .number(-0.0)]), .list([])]),
    ]

    static let result = TaskResult(
        artifacts: [
            Artifact(name: "0018-a-lighthouse-s42.png", kind: .frame, byteCount: 0, digest: digest),
            Artifact(
                name: "0018-a-lighthouse-s42.csv", kind: .losses, byteCount: 64 << 30, digest: makeDigest(first: 200)),
            Artifact(name: "log.txt", kind: .file, byteCount: 12_345, digest: makeDigest(first: 7)),
        ],
        metrics: ["final_loss": 0.8125, "worst": .infinity, "broken": .nan, "zero": 0],
        facts: ["backend": "cpu/openblas-zen", "empty": ""], wallMilliseconds: 61_234)

    static let job = JobSpec(
        name: "lighthouses",
        steps: [
            StepSpec(
                name: "draft", action: .render,
                space: ParameterSpace(
                    base: ["iterations": .integer(50)],
                    axes: [
                        .init(
                            name: "prompt",
                            values: [["prompt": .string("a lighthouse")], ["prompt": .string("a red lighthouse")]]),
                        .init(name: "seed", values: [["seed": .integer(1)], ["seed": .integer(2)], [:]]),
                    ])),
            StepSpec(name: "rest", action: .noop, dependsOn: ["draft"], space: ParameterSpace()),
        ], priority: -3)

    static let all: [Sample] = fromWorker + toWorker + blobs + clients + errors + secondEdition + newcomers

    static func sample(
        _ name: String, _ lane: Lane, _ meaning: String, session: SessionID = Samples.session, _ body: FrameBody
    ) -> Sample {
        Sample(name: name, lane: lane, meaning: meaning, frame: Frame(session: session, sequence: 258, body: body))
    }

    private static let newcomers = [
        sample(
            "welcome-next-key", .toWorker, "the terms, with the key that the coordinator will have later",
            session: .none,
            .coordinator(
                .welcome(
                    Welcome(
                        session: session, epoch: 7, heartbeatMilliseconds: 5000, leaseMilliseconds: 60_000,
                        blobEndpoint: "tcp://farm:7402", nextServerKey: digest.bytes)))),
        sample(
            "enrol", .fromNewcomer, "a node asks for its key to be admitted", session: .none,
            .newcomer(
                EnrolMessage(
                    token: digest, key: makeDigest(first: 32).bytes, name: worker, nonce: makeDigest(first: 64),
                    proof: makeDigest(first: 96).bytes))),
        sample(
            "enrolled", .toNewcomer, "its key is admitted under another name", session: .none,
            .enrolReply(.enrolled(name: worker, pool: "gpu"))),
        sample(
            "refuse-enrol", .toNewcomer, "its key is not admitted", session: .none,
            .enrolReply(.refused("the join file has expired"))),
    ]

    private static let fromWorker = [
        sample(
            "hello", .fromWorker, "the first word of a worker, before there is a session", session: .none,
            .worker(
                .hello(
                    Hello(
                        worker: worker,
                        instance: WorkerInstance(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F),
                        host: "node-07", slots: 2, backend: "cpu/openblas-zen", engine: "0.1.0")))),
        sample(
            "inventory", .fromWorker, "one attempt runs, two reports wait, more pages follow",
            .worker(.inventory(held: [attempt], outbox: [first, attempt], more: true))),
        sample(
            "inventory-empty", .fromWorker, "nothing is held",
            .worker(.inventory(held: [], outbox: [], more: false))),
        sample("ready", .fromWorker, "no slot is free", .worker(.ready(free: 0))),
        sample("ready-all", .fromWorker, "64 slots are free", .worker(.ready(free: 64))),
        sample("accept", .fromWorker, "takes job 3, task 17, attempt 2", .worker(.accept(attempt))),
        sample(
            "decline", .fromWorker, "leaves an offer", .worker(.decline(first, reason: "no model of that name"))),
        sample(
            "progress", .fromWorker, "iteration 30 of 300; IGN is set",
            .worker(.progress(attempt, Progress(iteration: 30, iterations: 300, loss: 0.75, rate: 1.5)))),
        sample(
            "progress-nan", .fromWorker, "a loss that is not a number, a rate of minus infinity",
            .worker(.progress(attempt, Progress(iteration: 0, iterations: 0, loss: .nan, rate: -.infinity)))),
        sample("ping", .fromWorker, "two leases are held", .worker(.ping([HeldAttempt(first), HeldAttempt(attempt)]))),
        sample("ping-empty", .fromWorker, "no lease is held: the body is empty", .worker(.ping([]))),
        sample("revoked", .fromWorker, "an attempt was stopped", .worker(.revoked(attempt))),
        sample(
            "result-success", .fromWorker, "three files, four numbers, two words",
            .worker(.succeeded(attempt, result))),
        sample(
            "result-failure", .fromWorker, "the task itself failed",
            .worker(.failed(attempt, Failure(.task, "the loss is not a number\nsince iteration 12")))),
        sample("bye-worker", .fromWorker, "the worker leaves", .worker(.bye(reason: "stopped by the operator"))),
    ]

    private static let toWorker = [
        sample(
            "welcome", .toWorker, "the terms of a session",
            .coordinator(
                .welcome(
                    Welcome(
                        session: session, epoch: 5, heartbeatMilliseconds: 5_000, leaseMilliseconds: 60_000,
                        blobEndpoint: "tcp://10.0.0.1:7701")))),
        sample(
            "refuse-version", .toWorker, "never come again with this version", session: .none,
            .coordinator(.refuse(.version, retryAfterMilliseconds: 0))),
        sample(
            "refuse-full", .toWorker, "come again in a minute", session: .none,
            .coordinator(.refuse(.full, retryAfterMilliseconds: 60_000))),
        sample(
            "reconcile", .toWorker, "all four verdicts",
            .coordinator(
                .reconcile(
                    Reconciliation.Verdict.allCases.map { Reconciliation(attempt: attempt, verdict: $0) }))),
        sample(
            "offer", .toWorker, "a task with settings of every type",
            .coordinator(
                .offer(
                    attempt, TaskSpec(action: .render, label: "0018-a-lighthouse-s42", settings: settings),
                    leaseMilliseconds: 60_000, resume: nil))),
        sample(
            "pong", .toWorker, "one lease goes on, one has ended",
            .coordinator(.pong(renewed: [first], ended: [attempt]))),
        sample("revoke", .toWorker, "a newer attempt exists", .coordinator(.revoke(attempt, reason: .superseded))),
        sample("result-ok", .toWorker, "recorded now", .coordinator(.resultOK(attempt, .recorded))),
        sample(
            "need-blobs", .toWorker, "two files are lacking",
            .coordinator(.needBlobs(attempt, [digest, makeDigest(first: 9)]))),
        sample("drain", .toWorker, "take nothing new: the body is empty", .coordinator(.drain(.eventual))),
        sample("bye-coordinator", .toWorker, "the session is over", .coordinator(.bye(reason: ""))),
    ]

    private static let blobs = [
        sample(
            "put", .blobs, "offers 300000 octets as transfer 1", .blob(.put(transfer: 1, digest: digest, size: 300_000))
        ),
        sample(
            "put-nothing", .blobs, "offers the empty blob as transfer 0",
            .blob(.put(transfer: 0, digest: digest, size: 0))),
        sample("have", .blobs, "it is there already", .blob(.have(transfer: 1))),
        sample(
            "go", .blobs, "100 octets are there; send up to 262144",
            .blob(.go(transfer: 1, offset: 100, credit: 262_144))),
        sample(
            "chunk", .blobs, "five octets at offset 258; this body is not protobuf",
            .blob(.chunk(transfer: 0x0102_0304_0506_0708, offset: 258, bytes: [1, 2, 3, 4, 255]))),
        sample("credit", .blobs, "524288 octets in all", .blob(.credit(transfer: 1, total: 524_288))),
        sample("put-ok", .blobs, "stored and verified", .blob(.putOK(transfer: 1))),
        sample(
            "get", .blobs, "asks for a blob from its start",
            .blob(.get(transfer: .max, digest: digest, offset: 0, credit: 1 << 20))),
        sample("get-end", .blobs, "that was all, 64 GiB", .blob(.getEnd(transfer: 2, size: 64 << 30))),
        sample(
            "abort", .blobs, "a chunk was missing after 512 octets", .blob(.abort(transfer: 1, reason: .gap, have: 512))
        ),
    ]

    private static let clients = [
        sample("open", .fromClient, "the first word of a client", session: .none, .client(.open)),
        sample(
            "opened", .toClient, "the fifth start of this coordinator", session: .none,
            .clientReply(.opened(Opened(epoch: 5)))),
        sample(
            "opened-blobs", .toClient, "blobs are taken, too", session: .none,
            .clientReply(.opened(Opened(epoch: 5, blobEndpoint: "tcp://farm:7402")))),
        sample("submit", .fromClient, "two steps; six points, then one", .client(.submit(job, key: digest))),
        sample("submitted", .toClient, "the key was known", .clientReply(.submitted(JobID(3), isNew: false))),
        sample("command", .fromClient, "queue failed tasks again", .client(.command(.retryFailed, JobID(3)))),
        sample("done", .toClient, "the command took effect", .clientReply(.done(JobID(3)))),
        sample("query-one", .fromClient, "how does job 3 stand?", .client(.query(.job(JobID(3))))),
        sample("query-all", .fromClient, "how do all jobs stand?", .client(.query(.jobs))),
        sample(
            "reply", .toClient, "one job",
            .clientReply(
                .status([
                    JobStatus(
                        job: JobID(3), name: "lighthouses", total: 7, waiting: 1, running: 2, succeeded: 3, failed: 0,
                        cancelled: 1)
                ]))),
        sample(
            "refuse-request", .toClient, "nothing was done, and why", .clientReply(.refused("there is no job 9"))),
    ]

    private static let errors = WireError.Code.allCases.enumerated().map { index, code in
        sample(
            "error-\(code.rawValue)", Lane.allCases[index % Lane.allCases.count], "a complaint about frame 41",
            .error(WireError(code, about: 41, isFatal: index % 2 == 0, detail: "for people")))
    }
}
