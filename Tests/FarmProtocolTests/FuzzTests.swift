import FarmModel
import FarmProtocol
import Foundation
import Testing

@Suite struct FuzzTests {
    /// Frames from each source; 20,000 in all.
    static let count = 5_000

    @Test(
        "F15: Random octets never crash the decoder, and what it accepts it can say again",
        arguments: [1, 2] as [UInt64])
    func random(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<FuzzTests.count {
            let length = Int.random(in: 0...200, using: &generator)
            var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // Half of them get past the header.
            if seed == 2, let command = Command.allCases.randomElement(using: &generator) {
                bytes = Proto.frame(command.rawValue, session: UInt64.random(in: 0...1, using: &generator), bytes)
            }
            _ = FrameProperty.accepts(bytes)
        }
    }

    @Test(
        "F15: Mutated frames never crash the decoder, and what it accepts it can say again",
        arguments: [3, 4] as [UInt64])
    func mutated(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let originals = try Samples.all.map { (lane: $0.lane, bytes: try $0.frame.encoded()) }
        var accepted = 0
        for _ in 0..<FuzzTests.count {
            guard var (lane, bytes) = originals.randomElement(using: &generator) else { return }
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, originals, &generator) }
            if Int.random(in: 0..<8, using: &generator) == 0 {
                lane = Lane.allCases.randomElement(using: &generator) ?? lane
            }
            if FrameProperty.accepts(bytes, on: lane) { accepted += 1 }
        }
        // A test that never gets past the header would prove little.
        #expect(accepted > FuzzTests.count / 20, "only \(accepted) mutants were accepted")
    }

    private func mutate(
        _ bytes: inout [UInt8], _ others: [(lane: Lane, bytes: [UInt8])], _ generator: inout SplitMix64
    ) {
        guard !bytes.isEmpty else { return }
        // Mostly behind the header: its checks are simple and reject early.
        let first = bytes.count > 24 && Int.random(in: 0..<4, using: &generator) > 0 ? 24 : 0
        let place = Int.random(in: first..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(place...)
        case 3: bytes.remove(at: place)
        case 4: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        default:
            let donor = others.randomElement(using: &generator)?.bytes ?? []
            bytes.replaceSubrange(place..., with: donor.dropFirst(place))
        }
    }

    @Test("F15: What the fuzzer has found, and what once broke the decoder, is read or refused")
    func corpus() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fuzz/Corpus/frame").path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let accepted = try files.count { name in
            FrameProperty.accepts([UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
        }
        #expect(accepted > 10 && accepted < files.count, "the corpus has \(accepted) sound frames of \(files.count)")
    }
}
