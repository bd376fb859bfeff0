import TensorCore
import Testing

@testable import Checkpoints

/// Files made to break a reader, run code or fill the memory: each is refused, at once and in one line.
@Suite("Hostile checkpoints")
struct HostileTests {
    /// Every hostile pickle in each of the two containers of `torch.save`.
    static let pickles = HostilePickles.all.flatMap { what, pickle, expected in
        [
            HostileFile("\(what), in an archive", TorchWriter.zip(pickle), expected),
            HostileFile("\(what), in the old form", TorchWriter.legacy(pickle, isCut: pickle.last != 0x2E), expected),
        ]
    }

    @Test("A hostile pickle is refused")
    func pickles() throws {
        let folder = try TemporaryFolder()
        #expect(Self.pickles.count > 300)
        for file in Self.pickles { try file.check(in: folder) }
    }

    @Test("A tensor that does not lie where it says is refused")
    func tensors() throws {
        let folder = try TemporaryFolder()
        for file in HostileTensors.all { try file.check(in: folder) }
    }

    @Test("An archive that is not what it says is refused")
    func archives() throws {
        let folder = try TemporaryFolder()
        for file in HostileArchives.all { try file.check(in: folder) }
    }

    /// Arrays double as they grow, so that for a moment three times the final size is held.
    @Test("The bounds on a pickle keep it below 200 MiB")
    func bounds() {
        let values = Limits.pickleValues * MemoryLayout<PickleValue>.stride
        // The costliest values are short texts and lists of one: an allocation of 48 bytes each.
        let allocations = Limits.pickleValues * 48
        let storages = Limits.storages * MemoryLayout<PickledStorage>.stride
        let references = (Limits.pickleMemo + Limits.pickleStack) * MemoryLayout<PickleReference?>.stride
        let nesting = Limits.pickleValues * (4 + MemoryLayout<(PickleReference, Int)>.stride)
        let largest = Limits.pickleBytes + 3 * (values + references) + nesting + allocations + 3 * storages
        #expect(largest < 200 << 20, "\(largest >> 20) MiB")
    }

    @Test("What the hostile files are made of is sound without the change")
    func sound() throws {
        let folder = try TemporaryFolder()
        let pickle = TorchWriter.stateDict()
        var wide = TorchWriter.archive(pickle)
        wide.isWide = true
        wide.comment = Array("a comment".utf8)
        // As PyTorch writes it: sizes follow the data, and padding aligns it.
        wide.entries[0].flags = 0x808
        wide.entries[0].localSize = 0
        wide.entries[0].checksum = 5
        wide.entries[0].localChecksum = 0
        wide.entries[0].localExtra = [0x46, 0x42, 2, 0, 0x5A, 0x5A]
        let module = PickleWriter.pickle {
            $0.raw("c__torch__\nM\n)")
            $0.raw([0x81])
            $0.raw("}")
            $0.text("w")
            $0.soundTensor()
            $0.raw("sb")
        }
        let files = [
            TorchWriter.zip(pickle), TorchWriter.legacy(pickle), wide.bytes(), TorchWriter.script(module),
        ]
        for bytes in files {
            let file = try openCheckpoint(at: folder.file("sound.pt", bytes))
            #expect(try file.tensor(named: "w") == HostTensor(shape: [2], values: [1, 2]))
            #expect(file.names == ["w"])
        }
    }

    @Test("Changed bytes anywhere are refused or read without harm", arguments: 0..<4)
    func mutated(part: Int) throws {
        let sound = [
            TorchWriter.zip(TorchWriter.stateDict()), TorchWriter.legacy(TorchWriter.stateDict()),
            try TorchFilesTests.bytes(of: "script.pt"), try TorchFilesTests.bytes(of: "views.legacy.pt"),
        ][part]
        var random = Philox(seed: 3, stream: UInt32(part))
        var refused = 0
        for _ in 0..<3000 {
            var bytes = sound
            for _ in 0...random.integer(below: 3) {
                let place = random.integer(below: bytes.count)
                switch random.integer(below: 4) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.nextBits())
                case 1: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
                case 2: bytes.remove(at: place)
                default: bytes.insert(bytes[random.integer(below: bytes.count)], at: place)
                }
            }
            // The claim is that nothing traps and that what is accepted can be read in full.
            if !bytes.withUnsafeBytes({ FuzzTarget.checkpoint.run($0) }) { refused += 1 }
        }
        #expect(refused > 100)
    }

    @Test(
        "Values that are not numbers are refused as weights, whatever the container", arguments: [Float.nan, .infinity])
    func notFinite(value: Float) throws {
        let folder = try TemporaryFolder()
        let storage = ZipWriter.little(value.bitPattern) + [0, 0, 0x80, 0x3F]
        let pickle = TorchWriter.stateDict()
        let header = Array(#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#.utf8)
        let files = [
            TorchWriter.zip(pickle, storages: ["0": storage]),
            TorchWriter.legacy(pickle, storages: [("0", 2, storage)]), SafetensorsTests.bytes(header, data: storage),
        ]
        for bytes in files {
            let file = try openCheckpoint(at: folder.file("nan.pt", bytes))
            let error = #expect(throws: CheckpointError.self) {
                try Weights(file, on: HostBackend()).vector("w", count: 2)
            }
            #expect(error?.description.contains("'w' holds values that are not finite") == true)
        }
    }
}
