import FarmProtocol
import Testing

@Suite struct VectorTests {
    @Test("The committed vectors are the frames that the codec makes")
    func acceptedMatchCodec() throws {
        let made = try Samples.all.map { sample in
            Vector(
                name: sample.name, lane: sample.lane.rawValue, meaning: sample.meaning,
                hex: Vector.hex(try sample.frame.encoded()))
        }
        let committed = try VectorFile.load("accepted", recording: made)
        #expect(committed.map(\.name) == made.map(\.name))
        for (old, new) in zip(committed, made) { #expect(old == new) }
    }

    @Test("F14: Every accepted vector decodes to its frame and back to the same octets", arguments: Samples.all.indices)
    func acceptedRoundTrip(index: Int) throws {
        let sample = Samples.all[index]
        let bytes = try sample.frame.encoded()
        let decoded = try Frame.decode(bytes, on: sample.lane)
        #expect(try decoded.encoded() == bytes)
        #expect(decoded.session == sample.frame.session)
        #expect(decoded.sequence == sample.frame.sequence)
        // Values that are not numbers never equal themselves; their octets were compared above.
        if !["progress-nan", "result-success"].contains(sample.name) { #expect(decoded.body == sample.frame.body) }
    }

    @Test("The samples cover every command that has a body, on every lane it may come")
    func coverage() {
        let covered = Set(Samples.all.map { $0.frame.body.command })
        let expected = Set(Command.allCases.filter { !$0.lanes.isEmpty })
        #expect(covered == expected)
        for sample in Samples.all { #expect(sample.frame.body.command.lanes.contains(sample.lane)) }
    }

    @Test(
        "F2, F4, F6, F7, F8, F9, F10, F12: Every hostile frame is refused for its own reason",
        arguments: Hostile.all.indices)
    func hostileRefused(index: Int) {
        let hostile = Hostile.all[index]
        let error = #expect(throws: FrameError.self) { try Frame.decode(hostile.bytes, on: hostile.lane) }
        #expect(error?.code == hostile.code)
        #expect(error?.description.contains(hostile.says) == true, "\(hostile.name): \(error?.description ?? "")")
    }

    @Test("The committed refused vectors are the hostile frames")
    func refusedMatch() throws {
        let made = Hostile.all.map { hostile in
            var vector = Vector(
                name: hostile.name, lane: hostile.lane.rawValue, meaning: hostile.meaning,
                hex: Vector.hex(hostile.bytes), error: hostile.code)
            do throws(FrameError) {
                _ = try Frame.decode(hostile.bytes, on: hostile.lane)
            } catch {
                vector.endsSession = error.endsSession
            }
            return vector
        }
        let committed = try VectorFile.load("refused", recording: made)
        #expect(committed.map(\.name) == made.map(\.name))
        for (old, new) in zip(committed, made) { #expect(old == new) }
    }

    @Test("Names of vectors are unique")
    func names() {
        let names = Samples.all.map(\.name) + Hostile.all.map(\.name)
        #expect(Set(names).count == names.count)
    }
}

extension FrameError {
    /// The name of the error in the vector files.
    var code: String {
        switch self {
        case .signature: "signature"
        case .version: "version"
        case .unknownCommand(_, let isIgnorable): isIgnorable ? "unknown-command-ignorable" : "unknown-command"
        case .unexpected: "unexpected"
        case .tooLong: "too-long"
        case .malformed: "malformed"
        case .multipart: "multipart"
        }
    }
}
