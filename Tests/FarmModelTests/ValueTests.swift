import FarmModel
import OrderedCollections
import Testing

@Suite("Values of the farm")
struct ValueTests {
    @Test("A digest and its 64 digits are the same thing")
    func digest() throws {
        let digest = try #require(Digest((0..<32).map { UInt8($0 * 7) }))
        #expect(Digest(hex: digest.description) == digest)
        #expect(digest.description.count == 64)
        #expect(Digest(hex: String(repeating: "A", count: 64))?.description == String(repeating: "a", count: 64))
        #expect(Digest(hex: String(repeating: "g", count: 64)) == nil)
        #expect(Digest(hex: "12") == nil)
        #expect(Digest([1, 2, 3]) == nil)
    }

    @Test(
        "Worker names are short and plain", arguments: ["", "with space", "käse", String(repeating: "x", count: 129)])
    func badNames(name: String) { #expect(WorkerID(name) == nil) }

    @Test("Attempts are ordered by job, task and number")
    func order() {
        let attempts = [(2, 0, 1), (1, 5, 9), (1, 5, 10), (1, 40, 1)].map { job, index, attempt in
            TaskAttempt(task: TaskID(job: JobID(UInt64(job)), index: UInt32(index)), attempt: UInt32(attempt))
        }
        #expect(attempts.sorted().map(\.description) == ["1/5#9", "1/5#10", "1/40#1", "2/0#1"])
    }

    @Test("A failure's message is cut to what may travel")
    func longMessage() {
        let failure = Failure(.task, String(repeating: "n", count: Limits.messageCharacters + 5))
        #expect(failure.message.count == Limits.messageCharacters)
    }

    @Test("Equal settings have equal text, whatever their order")
    func canonical() {
        let one: Settings = ["b": .list([.integer(1), .number(0.5)]), "a": .string("x\n\"\u{1}")]
        let other: Settings = ["a": .string("x\n\"\u{1}"), "b": .list([.integer(1), .number(0.5)])]
        #expect(one.canonicalJSON == other.canonicalJSON)
        #expect(one.canonicalJSON == #"{"a":"x\n\"\u0001","b":[1,0.5]}"#)
    }

    @Test("Instants count milliseconds in both directions")
    func instants() {
        let start = Instant(milliseconds: 5)
        #expect(start.advanced(byMilliseconds: 7).millisecondsSince(start) == 7)
        #expect(start.advanced(byMilliseconds: -1) < start)
    }
}
