import FarmModel
import FarmStore
import Foundation
import Testing

@Suite("Blobs and uploads")
struct BlobTests {
    private func blobs(_ folder: TemporaryFolder, _ configuration: BlobStore.Configuration) throws -> BlobStore {
        try BlobStore(folder: folder("blobs"), configuration: configuration)
    }

    private let open = BlobStore.Configuration(freeReserveBytes: 0)

    /// Bytes that look random, and their digest as the store computes it elsewhere.
    private func content(_ count: Int, seed: UInt64 = 1) throws -> (bytes: [UInt8], digest: Digest) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        let elsewhere = try TemporaryFolder()
        return (bytes, try BlobStore(folder: elsewhere.path, configuration: open).insert(bytes))
    }

    @Test("Known digests name known contents")
    func knownDigests() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, open)
        // FIPS 180-2, appendix B.1, and the digest of nothing.
        #expect(
            try blobs.insert(Array("abc".utf8)).description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            try blobs.insert([]).description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("Any size arrives in pieces and is read in pieces", arguments: [0, 1, 1_000, 262_144, 262_145, 700_001])
    func pieces(size: Int) throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, open)
        let (bytes, digest) = try content(size)
        #expect(blobs.missing([digest, digest]) == [digest])
        for start in stride(from: 0, to: size, by: 100_000) {
            let end = min(size, start + 100_000)
            #expect(try blobs.append(digest, offset: Int64(start), bytes: Array(bytes[start..<end])) == Int64(end))
        }
        #expect(!blobs.contains(digest))
        try blobs.finish(digest, size: Int64(size))
        try blobs.finish(digest, size: Int64(size))
        #expect(blobs.size(of: digest) == Int64(size))
        #expect(blobs.missing([digest]) == [])
        var read: [UInt8] = []
        while case let piece = try blobs.read(digest, offset: Int64(read.count), count: 65_537), !piece.isEmpty {
            read += piece
        }
        #expect(read == bytes)
        #expect(TemporaryFolder.files(below: folder("blobs/incoming")) == [])
    }

    @Test("An upload goes on after a restart, also in the middle of a chunk")
    func resumes() throws {
        let folder = try TemporaryFolder()
        let (bytes, digest) = try content(300_000)
        do {
            let blobs = try blobs(folder, open)
            try blobs.append(digest, offset: 0, bytes: Array(bytes[..<123_457]))
        }
        let blobs = try blobs(folder, open)
        #expect(blobs.discardedPartials == 0)
        #expect(blobs.partialSize(digest) == 123_457)
        try blobs.append(digest, offset: 123_457, bytes: Array(bytes[123_457..<200_000]))
        blobs.suspendUpload(digest)
        #expect(blobs.partialSize(digest) == 200_000)
        try blobs.append(digest, offset: 200_000, bytes: Array(bytes[200_000...]))
        try blobs.finish(digest, size: 300_000)
        #expect(try blobs.read(digest, offset: 0, count: 300_000) == bytes)
    }

    @Test("What a write left that failed half way counts when its upload goes on")
    func halfWritten() throws {
        let folder = try TemporaryFolder()
        let (bytes, digest) = try content(1_000)
        let blobs = try blobs(folder, open)
        try blobs.append(digest, offset: 0, bytes: Array(bytes[..<600]))
        blobs.suspendUpload(digest)
        // As of a disk that was full in the middle of the next piece.
        let file = try #require(FileHandle(forWritingAtPath: folder("blobs/incoming/\(digest).part")))
        try file.seekToEnd()
        try file.write(contentsOf: bytes[600..<700])
        try file.close()
        try blobs.append(digest, offset: 600, bytes: Array(bytes[600...]))
        try blobs.finish(digest, size: 1_000)
        #expect(try blobs.read(digest, offset: 0, count: 1_000) == bytes)
    }

    @Test("A gap is refused with what is here; repeated and overlapping bytes are harmless")
    func gapsAndRepeats() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, open)
        let (bytes, digest) = try content(1_000)
        #expect(try storeError { try blobs.append(digest, offset: 1, bytes: [1]) }.reason == .gap(have: 0))
        try blobs.append(digest, offset: 0, bytes: Array(bytes[..<600]))
        #expect(try storeError { try blobs.append(digest, offset: 601, bytes: [1]) }.reason == .gap(have: 600))
        #expect(try blobs.append(digest, offset: 0, bytes: Array(bytes[..<600])) == 600)
        #expect(try blobs.append(digest, offset: 100, bytes: Array(bytes[100..<300])) == 600)
        #expect(try storeError { try blobs.finish(digest, size: 1_000) }.reason == .gap(have: 600))
        #expect(try blobs.append(digest, offset: 500, bytes: Array(bytes[500...])) == 1_000)
        try blobs.finish(digest, size: 1_000)
        #expect(try blobs.append(digest, offset: 0, bytes: [9]) == 1_000)
        #expect(try blobs.read(digest, offset: 0, count: 2_000) == bytes)
    }

    @Test("Content that is not what its name says is refused and deleted")
    func wrongContent() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, open)
        let (bytes, digest) = try content(1_000)
        var wrong = bytes
        wrong[999] ^= 1
        try blobs.append(digest, offset: 0, bytes: wrong)
        #expect(try storeError { try blobs.finish(digest, size: 1_000) }.reason == .digestMismatch)
        #expect(!blobs.contains(digest) && blobs.partialSize(digest) == 0)
        #expect(TemporaryFolder.files(below: folder("blobs")) == [])
        try blobs.append(digest, offset: 0, bytes: bytes)
        #expect(try storeError { try blobs.finish(digest, size: 999) }.reason == .digestMismatch)
        #expect(blobs.partialSize(digest) == 0)
        try blobs.insert(bytes)
        #expect(try storeError { try blobs.finish(digest, size: 7) }.reason == .digestMismatch)
    }

    @Test("Blobs have a largest size and the volume keeps a reserve")
    func limits() throws {
        let folder = try TemporaryFolder()
        let small = try blobs(folder, .init(blobBytes: 10, freeReserveBytes: 0))
        let name = try digest(1)
        try small.append(name, offset: 0, bytes: [UInt8](repeating: 0, count: 10))
        #expect(try storeError { try small.append(name, offset: 10, bytes: [0]) }.reason == .overLimit)
        #expect(try storeError { try small.append(name, offset: .max, bytes: [0]) }.reason == .overLimit)
        let full = try blobs(folder, .init(freeReserveBytes: .max))
        let error = try storeError { try full.append(name, offset: 10, bytes: [0]) }
        #expect(error.reason == .diskFull)
    }

    @Test("A new upload displaces the one that rested longest, but none under way")
    func partialLimit() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, .init(partials: 2, freeReserveBytes: 0))
        let names = try (1...4).map { try digest($0) }
        for name in names[..<2] { try blobs.append(name, offset: 0, bytes: [1]) }
        #expect(try storeError { try blobs.append(names[2], offset: 0, bytes: [1]) }.reason == .overLimit)
        blobs.suspendUpload(names[1])
        try blobs.append(names[2], offset: 0, bytes: [1])
        #expect(names.map { blobs.partialSize($0) } == [1, 0, 1, 0])
        blobs.suspendUpload(names[0])
        try blobs.append(names[3], offset: 0, bytes: [1])
        #expect(TemporaryFolder.files(below: folder("blobs/incoming")) == ["\(names[2]).part", "\(names[3]).part"])
    }

    @Test("Long, short and odd pieces make one file, also when its sender comes back in the middle of a block")
    func mixedPieces() throws {
        let folder = try TemporaryFolder()
        let counts = [1, 262_144, 65_535, 70_001, 3 << 20, 5, 262_144, 4_096, 131_072 + 7, 2]
        let (bytes, digest) = try content(counts.reduce(0, +))
        let blobs = try blobs(folder, open)
        var offset = 0
        for (number, count) in counts.enumerated() {
            if number % 3 == 2 { blobs.suspendUpload(digest) }
            try blobs.append(digest, offset: Int64(offset), bytes: Array(bytes[offset..<offset + count]))
            offset += count
            #expect(blobs.partialSize(digest) == Int64(offset))
        }
        let path = folder("blobs/incoming/\(digest).part")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(bytes))
        try blobs.finish(digest, size: Int64(offset))
        #expect(try blobs.read(digest, offset: 0, count: offset) == bytes)
    }

    @Test("Pieces that came together are written together, without those that are here already")
    func gatheredPieces() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, open)
        let counts = [262_144, 0, 262_144, 100, 262_144 * 3, 2 << 20, 4_095, 1]
        let (bytes, digest) = try content(counts.reduce(0, +))
        var (offset, pieces) = (0, [[UInt8]]())
        for count in counts {
            pieces.append(Array(bytes[offset..<offset + count]))
            offset += count
        }
        // The first two pieces and a little are here; what comes with them again is left out.
        try blobs.append(digest, offset: 0, bytes: Array(bytes[..<300_000]))
        #expect(try blobs.append(digest, offset: 0, pieces: pieces[..<2].map(Octets.init)) == 300_000)
        #expect(try blobs.append(digest, offset: 0, pieces: pieces.map(Octets.init)) == Int64(bytes.count))
        let path = folder("blobs/incoming/\(digest).part")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(bytes))
        try blobs.finish(digest, size: Int64(bytes.count))
        #expect(try blobs.read(digest, offset: 0, count: bytes.count) == bytes)
    }

    @Test("What is read once is the same past the page cache, wherever it begins and ends")
    func readingOnce() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, open)
        let (bytes, digest) = try content(1_234_567)
        try blobs.append(digest, offset: 0, bytes: bytes)
        try blobs.finish(digest, size: Int64(bytes.count))
        let scratch = ReadScratch()
        for offset in [0, 1, 4_095, 4_096, 65_536, 200_001, 1_234_566, 1_234_567, 2_000_000] {
            for count in [0, 1, 65_535, 65_536, 65_537, 262_144, 1_048_576, 1_234_567, 3 << 20] {
                let once = try blobs.readOnce(digest, offset: Int64(offset), count: count, by: scratch)
                let end = min(bytes.count, offset + count)
                #expect(once == (offset < end ? Array(bytes[offset..<end]) : []), "\(count) at \(offset)")
            }
        }
        let missing = try FarmStoreTests.digest(9)
        let error = try storeError { _ = try blobs.readOnce(missing, offset: 0, count: 1, by: scratch) }
        #expect(error.reason == .notFound)
    }

    @Test("As many uploads go on side by side as a coordinator has transfers, with a few files open")
    func manyUploads() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, open)
        let (bytes, digest) = try content(140_000)
        let owners = try (1...150).map { try FarmStoreTests.digest($0) }
        for start in stride(from: 0, to: bytes.count, by: 70_000) {
            for owner in owners {
                let piece = Array(bytes[start..<start + 70_000])
                try blobs.append(digest, by: owner, offset: Int64(start), bytes: piece)
            }
        }
        let incoming = folder("blobs/incoming/")
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?
                .hasPrefix(incoming) == true
        }
        #expect((1...128).contains(files.count))
        #expect(owners.allSatisfy { blobs.partialSize(digest, by: $0) == 140_000 })
        // The first has been closed long ago.
        try blobs.finish(digest, by: owners[0], size: 140_000)
        #expect(try blobs.read(digest, offset: 0, count: 140_000) == bytes)
    }

    @Test("Old leftovers and foreign files are cleared at start, young ones stay")
    func leftovers() throws {
        let folder = try TemporaryFolder()
        let (old, young) = (try digest(1), try digest(2))
        do {
            let blobs = try blobs(folder, open)
            for name in [old, young] { try blobs.append(name, offset: 0, bytes: [1, 2, 3]) }
        }
        try Data([1]).write(to: URL(fileURLWithPath: folder("blobs/incoming/notes.txt")))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -1_000)],
            ofItemAtPath: folder("blobs/incoming/\(old).part"))
        let blobs = try blobs(folder, .init(freeReserveBytes: 0, partialLifetimeSeconds: 500))
        #expect(blobs.discardedPartials == 2)
        #expect(blobs.partialSize(old) == 0 && blobs.partialSize(young) == 3)
    }

    @Test("Reading what is not stored and writing below a file give typed errors")
    func systemErrors() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, open)
        let missing = try FarmStoreTests.digest(1)
        #expect(try storeError { _ = try blobs.read(missing, offset: 0, count: 1) }.reason == .notFound)
        let (bytes, digest) = try content(10)
        let shelf = folder("blobs/blobs/sha256/\("\(digest)".prefix(2))")
        try Data().write(to: URL(fileURLWithPath: shelf))
        #expect(try storeError { try blobs.insert(bytes) }.reason == .inTheWay)
        #expect(blobs.partialSize(digest) == 10)
        try FileManager.default.removeItem(atPath: shelf)
        try blobs.finish(digest, size: 10)
        #expect(throws: StoreError.self) {
            try BlobStore(folder: blobs.path(of: digest), configuration: open)
        }
    }

    @Test("The same blob from many threads is stored once and complete")
    func manySenders() async throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, open)
        let (bytes, digest) = try content(200_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var offset = blobs.partialSize(digest)
                    while offset < 200_000, !blobs.contains(digest) {
                        let end = min(200_000, Int(offset) + 7_777)
                        offset = try blobs.append(digest, offset: offset, bytes: Array(bytes[Int(offset)..<end]))
                    }
                    try blobs.finish(digest, size: 200_000)
                }
            }
            try await group.waitForAll()
        }
        #expect(try blobs.read(digest, offset: 0, count: 300_000) == bytes)
        #expect(TemporaryFolder.files(below: folder("blobs")).count == 1)
    }
}
