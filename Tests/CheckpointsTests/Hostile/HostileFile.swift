import Checkpoints
import Glibc
import Testing

/// A file that must be refused, and a part of what is said about it.
struct HostileFile: CustomTestStringConvertible {
    let what: String
    let bytes: [UInt8]
    let expected: String

    init(_ what: String, _ bytes: [UInt8], _ expected: String) {
        (self.what, self.bytes, self.expected) = (what, bytes, expected)
    }

    var testDescription: String { what }

    /// Opens the file: it must be refused in one line that names it, within a second of the processor's time.
    func check(in folder: TemporaryFolder) throws {
        let path = try folder.file("hostile.pt", bytes)
        let start = Self.processorSeconds
        let error = #expect(throws: CheckpointError.self, "\(what)") { try openCheckpoint(at: path) }
        let seconds = Self.processorSeconds - start
        let text = error?.description ?? ""
        #expect(text.hasPrefix(path), "\(what): \(text)")
        #expect(text.contains(expected), "\(what): \(text)")
        #expect(text.count < 600 && !text.contains { $0.isNewline }, "\(what): one line, not \(text)")
        #expect(seconds < 1, "\(what): \(seconds) s")
    }

    /// Time that this thread has computed; other tests do not count.
    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
