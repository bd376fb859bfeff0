import FarmProtocol

/// Frames that must be refused: the source of `protocols/vectors/refused.json`.
struct Hostile {
    var name: String
    var lane: Lane
    var meaning: String
    var bytes: [UInt8]
    var code: String
    /// Part of the error's text; empty where the text is the parser's.
    var says: String

    init(_ name: String, _ lane: Lane, _ meaning: String, _ bytes: [UInt8], code: String = "malformed", says: String) {
        self.name = name
        self.lane = lane
        self.meaning = meaning
        self.bytes = bytes
        self.code = code
        self.says = says
    }

    static let all = headers + shapes + values + results + settings + blobs + jobs

    private static let headers = [
        Hostile("empty", .fromWorker, "no octet at all", [], code: "signature", says: "signature"),
        Hostile("one-octet", .fromWorker, "half a signature", [0xAA], code: "signature", says: "signature"),
        Hostile(
            "short-header", .fromWorker, "23 octets", Array(Proto.frame(0x06).prefix(23)), says: "23 octets"),
        Hostile(
            "stray", .fromWorker, "the signature of something else", [0xAA, 0xA1] + Proto.frame(0x06).dropFirst(2),
            code: "signature", says: "signature"),
        Hostile("version-0", .fromWorker, "major 0", Proto.frame(0x06, major: 0), code: "version", says: "version 0"),
        Hostile("version-2", .fromWorker, "major 2", Proto.frame(0x06, major: 2), code: "version", says: "version 2"),
        Hostile(
            "version-255", .fromWorker, "major 255", Proto.frame(0x06, major: 255), code: "version",
            says: "version 255"),
        Hostile(
            "unknown", .fromWorker, "command 0x7F, which has no meaning", Proto.frame(0x7F), code: "unknown-command",
            says: "0x7f"),
        Hostile(
            "unknown-ignorable", .fromWorker, "the same with IGN: skip it", Proto.frame(0x7F, flags: 1),
            code: "unknown-command-ignorable", says: "0x7f"),
        Hostile(
            "private", .fromWorker, "command 0x80, which is never in a release", Proto.frame(0x80),
            code: "unknown-command", says: "0x80"),
        Hostile(
            "later", .fromWorker, "LOG has a code but no body yet", Proto.frame(0x13, flags: 1),
            code: "unknown-command-ignorable", says: "0x13"),
        Hostile("flags", .fromWorker, "bit 1 of the flags", Proto.frame(0x06, flags: 2), says: "flags 0x2"),
        Hostile("reserved", .fromWorker, "a reserved bit", Proto.frame(0x06, reserved: 0x100), says: "reserved"),
        Hostile(
            "sequence-0", .fromWorker, "sequence numbers start at 1", Proto.frame(0x06, sequence: 0), says: "sequence"),
        Hostile("hello-in-session", .fromWorker, "HELLO comes before a session", Proto.frame(0x01), says: "session 7"),
        Hostile(
            "ready-outside", .fromWorker, "READY needs a session", Proto.frame(0x06, session: 0, Proto.number(1, 1)),
            says: "no session"),
        Hostile(
            "offer-by-worker", .fromWorker, "only a coordinator offers", Proto.frame(0x07), code: "unexpected",
            says: "OFFER"),
        Hostile(
            "put-on-control", .toWorker, "blobs have their own connection", Proto.frame(0x20), code: "unexpected",
            says: "PUT"),
        Hostile(
            "submit-by-worker", .fromWorker, "a worker is no client", Proto.frame(0x42), code: "unexpected",
            says: "SUBMIT"),
    ]

    private static let shapes = [
        Hostile("no-protobuf", .fromWorker, "field number 0", Proto.frame(0x06, [0x00, 0x00]), says: ""),
        Hostile("trailing-octets", .toWorker, "one octet behind an empty DRAIN", Proto.frame(0x14, [0xFF]), says: ""),
        Hostile(
            "truncated", .fromWorker, "the attempt is cut off", Proto.frame(0x08, Array(Proto.attempt().dropLast(2))),
            says: ""),
        Hostile(
            "length-bomb", .fromWorker, "an attempt of 2^62 octets", Proto.frame(0x08, [0x0A] + Proto.varint(1 << 62)),
            says: ""),
        Hostile(
            "long-varint", .fromWorker, "a number of eleven octets",
            Proto.frame(0x06, [0x08] + [UInt8](repeating: 0xFF, count: 10) + [0x01]), says: ""),
        Hostile(
            "wrong-type", .fromWorker, "READY with text for a number", Proto.frame(0x06, Proto.text(1, "x")),
            says: "field 1"),
        Hostile(
            "wrong-type-list", .fromWorker, "PING with a number for an attempt", Proto.frame(0x0B, Proto.number(1, 5)),
            says: "field 1"),
        Hostile(
            "wrong-type-nested", .fromWorker, "an attempt whose task is text",
            Proto.frame(0x08, Proto.bytes(1, Proto.number(1, 1) + Proto.text(2, "0") + Proto.number(3, 1))),
            says: "field 2"),
        Hostile(
            "reserved-field", .fromWorker, "field 9 is reserved",
            Proto.frame(0x06, Proto.number(1, 1) + Proto.number(9, 1)), says: "field 9"),
        Hostile("group", .fromWorker, "a group, as of long ago", Proto.frame(0x06, [0x5B, 0x5C]), says: "field 11"),
        Hostile("missing", .fromWorker, "READY without its number", Proto.frame(0x06), says: "free is missing"),
        Hostile("missing-attempt", .fromWorker, "ACCEPT of nothing", Proto.frame(0x08), says: "missing"),
        Hostile(
            "missing-outcome", .fromWorker, "RESULT without outcome", Proto.frame(0x11, Proto.attempt()),
            says: "outcome"),
    ]

    private static let values = [
        Hostile(
            "slots-65", .fromWorker, "more free slots than can be", Proto.frame(0x06, Proto.number(1, 65)),
            says: "0 to 64"),
        Hostile(
            "job-0", .fromWorker, "jobs count from 1", Proto.frame(0x08, Proto.attempt(job: 0)), says: "attempt.job"),
        Hostile(
            "attempt-0", .fromWorker, "attempts count from 1", Proto.frame(0x08, Proto.attempt(attempt: 0)),
            says: "attempt.attempt"),
        Hostile(
            "task-too-large", .fromWorker, "no job has so many tasks",
            Proto.frame(0x08, Proto.attempt(task: 2_000_000)), says: "attempt.task"),
        Hostile(
            "ping-1089", .fromWorker, "more attempts than a worker may hold",
            Proto.frame(0x0B, (1...1_089).flatMap { _ in Proto.attempt() }), says: "1089 entries"),
        hello("hello-slash", "a name with a slash", worker: "a/b", says: "worker"),
        hello("hello-long", "a name of 129 octets", worker: String(repeating: "a", count: 129), says: "worker"),
        hello("hello-instance", "an instance of 15 octets", instance: 15, says: "15 octets"),
        hello("hello-slots", "no slot", slots: 0, says: "slots"),
        hello(
            "hello-escape", "a host name that would rewrite a terminal", host: Array("\u{1B}[2J".utf8), says: "control"),
        hello("hello-utf8", "a host name that is no UTF-8", host: [0xC3, 0x28], says: ""),
        hello("hello-host", "a host name of 256 octets", host: [UInt8](repeating: 97, count: 256), says: "256 octets"),
        Hostile(
            "unknown-reason", .toWorker, "reason 99", Proto.frame(0x0D, Proto.attempt() + Proto.number(2, 99)),
            says: "reason"),
        Hostile(
            "unspecified-reason", .toWorker, "reason 0", Proto.frame(0x0D, Proto.attempt() + Proto.number(2, 0)),
            says: "reason"),
        Hostile(
            "refuse-request-to-worker", .toWorker, "a reason for clients",
            Proto.frame(0x03, Proto.number(1, 5) + Proto.number(2, 0)), says: "reason"),
        Hostile(
            "welcome-session-0", .toWorker, "a session is numbered from 1",
            Proto.frame(0x02, Proto.number(2, 1) + Proto.number(3, 1) + Proto.number(4, 1)), says: "session"),
        Hostile(
            "bye-nul", .fromWorker, "a NUL in free text", Proto.frame(0x15, Proto.bytes(1, [97, 0])), says: "control"),
        Hostile(
            "bye-long", .fromWorker, "free text of 8001 octets",
            Proto.frame(0x15, Proto.bytes(1, [UInt8](repeating: 97, count: 8_001))), says: "8001"),
        hello(
            "hello-features-twice", "a feature twice", more: Proto.text(18, "returns") + Proto.text(18, "returns"),
            says: "features"),
        hello(
            "hello-features-33", "33 features", more: (10...42).flatMap { Proto.text(18, "f\($0)") },
            says: "33 entries"),
        hello("hello-feature-blank", "a feature with a blank", more: Proto.text(18, "two words"), says: "features"),
        hello("hello-major-half", "a least version and no largest", more: Proto.number(19, 1), says: "major_max"),
        hello(
            "hello-major-256", "a version of nine bits", more: Proto.number(19, 1) + Proto.number(20, 256),
            says: "major_max"),
        hello(
            "hello-major-empty", "versions from 2 to 1", more: Proto.number(19, 2) + Proto.number(20, 1),
            says: "major_max"),
        Hostile(
            "opened-key", .toClient, "a next key of 31 octets",
            Proto.frame(0x41, session: 0, Proto.number(1, 5) + Proto.bytes(17, [UInt8](repeating: 1, count: 31))),
            says: "31 octets"),
    ]

    private static func hello(
        _ name: String, _ meaning: String, worker: String = "w", instance: Int = 16, host: [UInt8] = [],
        slots: UInt64 = 1, more: [UInt8] = [], says: String
    ) -> Hostile {
        let body =
            Proto.text(1, worker) + Proto.bytes(2, [UInt8](repeating: 1, count: instance)) + Proto.bytes(3, host)
            + Proto.number(4, slots) + more
        return Hostile(name, .fromWorker, meaning, Proto.frame(0x01, session: 0, body), says: says)
    }

    private static let results: [Hostile] = [
        artifact("artifact-parent", "a way out of the folder", name: "../evil", says: "artifact.name"),
        artifact("artifact-absolute", "an absolute path", name: "/etc/passwd", says: "artifact.name"),
        artifact("artifact-hidden", "a leading dot", name: ".profile", says: "artifact.name"),
        artifact("artifact-nul", "a NUL", name: "a\0b", says: "artifact.name"),
        artifact("artifact-unnamed", "no name", name: "", says: "artifact.name"),
        artifact(
            "artifact-long", "a name of 101 octets", name: String(repeating: "a", count: 101), says: "artifact.name"),
        artifact("artifact-digest", "a digest of 31 octets", digest: 31, says: "31 octets"),
        artifact("artifact-kind", "kind 9", kind: 9, says: "artifact.kind"),
        artifact("artifact-size", "more than 64 GiB", size: 64 << 30 + 1, says: "byte_count"),
        artifact("artifact-negative", "a size of -1", size: .max, says: "byte_count"),
        artifact("artifact-twice", "two files of one name", repeated: 2, says: "twice"),
        artifact("artifacts-65", "65 files", repeated: 65, says: "65 entries"),
        Hostile(
            "failure-class", .fromWorker, "class 6",
            Proto.frame(0x11, Proto.attempt() + Proto.bytes(3, Proto.number(1, 6))),
            says: "failure.class"),
        Hostile(
            "needs-65", .toWorker, "more blobs than a result has",
            Proto.frame(
                0x17, Proto.attempt() + (0..<65).flatMap { _ in Proto.bytes(2, [UInt8](repeating: 0, count: 32)) }),
            says: "65 entries"),
    ]

    private static func artifact(
        _ name: String, _ meaning: String, name file: String = "a.png", kind: UInt64 = 1, size: UInt64 = 1,
        digest: Int = 32, repeated: Int = 1, says: String
    ) -> Hostile {
        let artifact =
            Proto.text(1, file) + Proto.number(2, kind) + Proto.number(3, size)
            + Proto.bytes(4, [UInt8](repeating: 0, count: digest))
        let success = (0..<repeated).flatMap { _ in Proto.bytes(1, artifact) } + Proto.number(4, 1)
        return Hostile(
            name, .fromWorker, meaning, Proto.frame(0x11, Proto.attempt() + Proto.bytes(2, success)), says: says)
    }

    private static let settings: [Hostile] = [
        offer("setting-infinite", "a number that is infinite", value: Proto.double(3, .infinity), says: "not finite"),
        offer("setting-nan", "a number that is none", value: Proto.double(3, .nan), says: "not finite"),
        offer("setting-empty", "a value of no kind", value: [], says: "no value"),
        offer("setting-deep", "lists nested nine deep", value: nested(9), says: "deeper than 8"),
        offer("setting-abyss", "lists nested a thousand deep", value: nested(1_000), says: ""),
        offer("setting-unnamed", "a name without letters", name: "", value: Proto.number(4, 1), says: "is empty"),
        offer("setting-twice", "one name twice", value: Proto.number(4, 1), repeated: 2, says: "twice"),
        offer("settings-257", "257 settings", value: Proto.number(4, 1), repeated: 257, says: "257 entries"),
        offer("label-parent", "a label that leaves the folder", label: "..", value: Proto.number(4, 1), says: "label"),
    ]

    private static func nested(_ depth: Int) -> [UInt8] {
        (0..<depth).reduce(Proto.number(4, 1)) { inner, _ in Proto.bytes(5, Proto.bytes(1, inner)) }
    }

    private static func offer(
        _ name: String, _ meaning: String, label: String = "a", name setting: String = "x", value: [UInt8],
        repeated: Int = 1, says: String
    ) -> Hostile {
        let setting = Proto.bytes(4, Proto.text(1, setting) + Proto.bytes(2, value))
        let body =
            Proto.attempt() + Proto.number(2, 1) + Proto.text(3, label) + (0..<repeated).flatMap { _ in setting }
            + Proto.number(5, 1)
        return Hostile(name, .toWorker, meaning, Proto.frame(0x07, body), says: says)
    }

    private static let blobs = [
        Hostile(
            "chunk-short", .blobs, "19 octets", Proto.frame(0x23, [UInt8](repeating: 0, count: 19)), says: "19 octets"),
        chunk("chunk-empty", "no data", length: 0, data: 0, says: "0 octets"),
        chunk("chunk-trailing", "one octet too many", length: 4, data: 5, says: "5 follow"),
        chunk("chunk-truncated", "one octet too few", length: 5, data: 4, says: "4 follow"),
        chunk("chunk-claim", "a length of 4 GiB", length: 0xFFFF_FFFF, data: 4, says: "4 follow"),
        chunk("chunk-offset", "an offset of 2^63", offset: 1 << 63, length: 1, data: 1, says: "offset"),
        chunk(
            "chunk-beyond", "the last octet would be beyond 64 GiB", offset: 64 << 30, length: 1, data: 1,
            says: "outside"),
        Hostile(
            "go-backwards", .blobs, "credit before the offset",
            Proto.frame(0x22, Proto.number(1, 1) + Proto.number(2, 100) + Proto.number(3, 99)),
            says: "before the offset"),
        Hostile(
            "credit-huge", .blobs, "credit beyond any blob",
            Proto.frame(0x24, Proto.number(1, 1) + Proto.number(2, .max)), says: "total"),
        Hostile("have-nothing", .blobs, "no transfer", Proto.frame(0x21), says: "transfer"),
        Hostile(
            "abort-reason", .blobs, "reason 0", Proto.frame(0x28, Proto.number(1, 1) + Proto.number(3, 0)),
            says: "reason"),
    ]

    private static func chunk(
        _ name: String, _ meaning: String, offset: UInt64 = 0, length: UInt64, data: Int, says: String
    ) -> Hostile {
        let body =
            Proto.bigEndian(1, 8) + Proto.bigEndian(offset, 8) + Proto.bigEndian(length, 4)
            + [UInt8](repeating: 170, count: data)
        return Hostile(name, .blobs, meaning, Proto.frame(0x23, body), says: says)
    }

    private static let jobs: [Hostile] = [
        submit("job-name", "a job name that leaves the folder", name: "../x", steps: [step()], says: "job.name"),
        submit(
            "job-line-end", "a job name that would write a line of its own into a log", name: "a\nb", steps: [step()],
            says: "job.name is no plain file name"),
        submit("job-empty", "no step", steps: [], says: "0 steps"),
        submit("job-65-steps", "65 steps", steps: (0..<65).map { step(name: "s\($0)") }, says: "65 entries"),
        submit("job-twins", "two steps of one name", steps: [step(), step()], says: "two steps"),
        submit(
            "job-backwards", "a step that depends on a later one", steps: [step(after: ["t"]), step(name: "t")],
            says: "no earlier step"),
        submit("job-no-task", "an axis without values", steps: [step(axes: [0])], says: "no task"),
        submit(
            "job-bomb", "axes whose product is 10^10", steps: [step(axes: [100, 100, 100, 100, 100])],
            says: "more than 2000000"),
        submit(
            "job-bombs", "two steps whose products overflow 64 bits",
            steps: ["a", "b"].map { step(name: $0, axes: [Int](repeating: 100, count: 12)) }, says: "more than 2000000"),
        Hostile(
            "submit-key", .fromClient, "a key of 16 octets",
            Proto.frame(0x42, submission("ok", [step()], key: 16)), says: "16 octets"),
        Hostile("command-job-0", .fromClient, "no job", Proto.frame(0x44, Proto.number(1, 1)), says: "job"),
        Hostile(
            "query-job-0", .fromClient, "job 0 asked for by number", Proto.frame(0x46, Proto.number(1, 0)), says: "job"),
        Hostile(
            "status-name", .toClient, "a job name with a line end",
            Proto.frame(
                0x47,
                Proto.bytes(1, Proto.number(1, 1) + Proto.text(2, "a\nb") + (3...8).flatMap { Proto.number($0, 0) })),
            says: "status.name"),
    ]

    private static func step(name: String = "s", after: [String] = [], axes: [Int] = []) -> [UInt8] {
        let space = axes.flatMap { count in
            Proto.bytes(2, Proto.text(1, "axis") + (0..<count).flatMap { _ in Proto.bytes(2, []) })
        }
        return Proto.text(1, name) + Proto.number(2, 1) + after.flatMap { Proto.text(3, $0) } + Proto.bytes(4, space)
    }

    private static func submission(_ name: String, _ steps: [[UInt8]], key: Int = 32) -> [UInt8] {
        let job = Proto.text(1, name) + steps.flatMap { Proto.bytes(2, $0) } + Proto.number(3, 0)
        return Proto.bytes(1, job) + Proto.bytes(2, [UInt8](repeating: 0, count: key))
    }

    private static func submit(
        _ name: String, _ meaning: String, name job: String = "ok", steps: [[UInt8]], says: String
    ) -> Hostile {
        Hostile(name, .fromClient, meaning, Proto.frame(0x42, submission(job, steps)), says: says)
    }
}
