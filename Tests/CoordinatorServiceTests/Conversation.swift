import FarmModel
import FarmProtocol
import Foundation
import OrderedCollections
import Testing

/// What peers of a release said to a coordinator that had just started for the first time, and what they heard.
struct Conversation: Codable {
    enum Speaker: String, Codable { case client, worker, blobs }

    /// One frame of a peer and the answers to it.
    struct Exchange: Codable {
        var speaker: Speaker
        var meaning: String
        /// The whole frame, in hexadecimal digits.
        var says: String
        var hears: [Answer]
    }

    struct Answer: Codable {
        /// The whole frame, in hexadecimal digits.
        var frame: String
        /// Whether it names a port or a time of that run: then only the kind of frame is the same every time.
        var varies: Bool
    }

    var release: String
    var exchanges: [Exchange]

    static let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "protocols/vectors/conversation-1.json")

    static func load() throws -> Conversation {
        try JSONDecoder().decode(Conversation.self, from: Data(contentsOf: url))
    }

    func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: Conversation.url)
    }

    static func digits(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func octets(_ digits: String) -> [UInt8] {
        let all = Array(digits.utf8)
        return stride(from: 0, to: all.count - 1, by: 2).compactMap {
            UInt8(String(decoding: all[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
    }
}

/// The conversation of the first release, as typed messages: recorded once, and never changed afterwards.
struct ConversationScript {
    private var lines: [(Conversation.Speaker, String, FrameBody, SessionID, answers: Int, varies: Bool)] = []
    private let session = SessionID(1 << 32 | 1)
    private let epoch = SessionID(1)

    /// What a worker stores and reports: the octets of its blob.
    static let blob = Array("waited 5 ms\n".utf8)
    /// Its name.
    static var digest: Digest { get throws { try #require(Digest(hex: sha256)) } }
    private static let sha256 = "b795d9396d0462549b5011e4339590b2945f9d74b8221ef7c3d3bf429faf6bc9"

    init() throws {
        let worker = try #require(WorkerID("w1"))
        let key = try #require(Digest([UInt8](repeating: 3, count: 32)))
        let digest = try ConversationScript.digest
        func attempt(_ task: UInt32) -> TaskAttempt {
            TaskAttempt(task: TaskID(job: JobID(1), index: task), attempt: 1)
        }
        let values = (0..<2).map { Settings(dictionaryLiteral: ("seed", .integer(Int64($0)))) }
        let job = JobSpec(
            name: "waits",
            steps: [
                StepSpec(
                    name: "wait", action: .noop,
                    space: ParameterSpace(
                        base: ["milliseconds": .integer(5)], axes: [.init(name: "seed", values: values)]))
            ])
        let size = Int64(ConversationScript.blob.count)
        let checkpoint = Checkpoint(iteration: 3, digest: digest, byteCount: size)
        let result = TaskResult(
            artifacts: [Artifact(name: "0001.txt", kind: .file, byteCount: size, digest: digest)],
            metrics: ["final_loss": 0.5], facts: ["engine": "0.1.0"], wallMilliseconds: 5)
        ask("the first word", .open, in: SessionID.none, varies: true)
        ask("a job of two tasks", .submit(job, key: key))
        ask("the same again", .submit(job, key: key))
        let hello = Hello(
            worker: worker, instance: WorkerInstance(high: 1, low: 2), host: "node-1", slots: 1, backend: "test",
            engine: "0.1.0", capabilities: Capabilities(memoryBytes: 8 << 30, cores: 4, tags: ["spot"]),
            lifetimeMilliseconds: nil)
        say("the first word", .hello(hello), in: SessionID.none, varies: true)
        say("it holds nothing", .inventory(held: [], outbox: [], more: false))
        say("one slot is free", .ready(free: 1))
        say("takes the offer", .accept(attempt(0)), answers: 0)
        say("goes on", .progress(attempt(0), Progress(iteration: 3, iterations: 5, loss: .nan, rate: 1)), answers: 0)
        say("a heartbeat", .ping([HeldAttempt(attempt(0), iteration: 3, sinceStepMilliseconds: 2)]))
        say("a checkpoint whose blob is missing", .checkpoint(attempt(0), checkpoint))
        move("offers the blob", .put(transfer: 1, digest: digest, size: size))
        move("all of it", .chunk(transfer: 1, offset: 0, bytes: Octets(ConversationScript.blob)))
        say("the checkpoint again", .checkpoint(attempt(0), checkpoint))
        say("a result", .succeeded(attempt(0), result))
        say("the result again", .succeeded(attempt(0), result))
        say("one slot is free again", .ready(free: 1))
        say("takes the offer", .accept(attempt(1)), answers: 0)
        say("gives it back", .returned(attempt(1), reason: "the node goes away"))
        ask("how does the job stand?", .query(.job(JobID(1))))
        ask("which tasks are there?", .query(.tasks(JobID(1), .all, TaskPageRequest(from: 0, limit: 10))))
        ask("give nothing out", .command(.pause, JobID(1)))
        ask("end it", .command(.cancel, JobID(1)))
        ask("why did the second task not run?", .query(.explain(attempt(1).task)), varies: true)
        ask("take a worker out", .workerCommand(.drain(.eventual), worker))
        say("a heartbeat after the drain was told", .ping([]), answers: 2)
        say("leaves", .bye(reason: "drained"), answers: 0)
        ask("who is there?", .query(.workers), varies: true)
    }

    private mutating func say(
        _ meaning: String, _ message: WorkerMessage, in number: SessionID? = nil, answers: Int = 1,
        varies: Bool = false
    ) {
        lines.append((.worker, meaning, .worker(message), number ?? session, answers, varies))
    }

    private mutating func ask(
        _ meaning: String, _ message: ClientMessage, in number: SessionID? = nil, varies: Bool = false
    ) {
        lines.append((.client, meaning, .client(message), number ?? epoch, 1, varies))
    }

    private mutating func move(_ meaning: String, _ message: BlobMessage) {
        lines.append((.blobs, meaning, .blob(message), session, 1, false))
    }

    /// The frames, with sequence numbers; answers are still empty.
    func frames() throws -> Conversation {
        var numbers: [String: UInt64] = [:]
        let exchanges = try lines.map { speaker, meaning, body, session, answers, varies in
            numbers["\(speaker) \(session.number)", default: 0] += 1
            let number = numbers["\(speaker) \(session.number)"] ?? 1
            let frame = try Frame(session: session, sequence: number, body: body).encoded()
            return Conversation.Exchange(
                speaker: speaker, meaning: meaning, says: Conversation.digits(frame),
                hears: Array(repeating: .init(frame: "", varies: varies), count: answers))
        }
        return Conversation(release: "0.1.0", exchanges: exchanges)
    }
}
