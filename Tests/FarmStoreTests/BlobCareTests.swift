import FarmModel
import Foundation
import Glibc
import Testing

@testable import FarmStore

@Suite("Space and soundness of blobs")
struct BlobCareTests {
    private func blobs(_ folder: TemporaryFolder, quota: Int64? = nil) throws -> BlobStore {
        try BlobStore(folder: folder("state"), configuration: .init(freeReserveBytes: 0, quotaBytes: quota))
    }

    /// Sets the time of the last mention back.
    private func age(_ digest: Digest, in blobs: BlobStore, seconds: Int) {
        var times = [timespec(), timespec()]
        times[0].tv_sec = Glibc.time(nil) - seconds
        times[1].tv_nsec = (1 << 30) - 2
        #expect(utimensat(AT_FDCWD, blobs.path(of: digest), times, 0) == 0)
    }

    @Test("A blob is known to be sound until its file is written to, and a damaged one makes room for a new copy")
    func damage() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder)
        let digest = try blobs.insert([1, 2, 3])
        #expect(blobs.isKnownSound(digest))
        #expect(try self.blobs(folder).isKnownSound(digest) == false)
        // The same size: only the content tells.
        try Data([1, 2, 4]).write(to: URL(fileURLWithPath: blobs.path(of: digest)))
        #expect(!blobs.isKnownSound(digest))
        #expect(try blobs.checkSoundness(digest) == false)
        #expect(!blobs.contains(digest))
        #expect(TemporaryFolder.files(below: folder("state/damaged")) == [digest.description])
        #expect(try blobs.insert([1, 2, 3]) == digest)
        #expect(try blobs.checkSoundness(digest) && blobs.isKnownSound(digest))
    }

    @Test("A check of all files moves the damaged ones aside and counts the others")
    func check() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        let digests = try [[1, 2, 3], [4], [5, 6]].map { try farm.blobs.insert($0) }
        try Data([9]).write(to: URL(fileURLWithPath: farm.blobs.path(of: digests[1])))
        var check = try farm.checkFiles()
        #expect(check.sound == 2 && check.bytes == 5 && check.damaged == [digests[1]])
        #expect(farm.blobs.missing(digests) == [digests[1]])
        check = try farm.checkFiles()
        #expect(check.sound == 2 && check.damaged == [])
        try farm.close()
    }

    @Test("Whoever is spoken of after it was seen is not swept away")
    func touched() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder)
        let digest = try blobs.insert([7])
        age(digest, in: blobs, seconds: 1_000)
        let seen = try #require(try blobs.blobs(on: String(digest.description.prefix(2))).first)
        #expect(blobs.missing([digest]) == [])
        #expect(try blobs.remove(seen) == false)
        age(digest, in: blobs, seconds: 1_000)
        #expect(try blobs.remove(seen))
        #expect(blobs.missing([digest]) == [digest] && !blobs.touch(digest))
    }

    @Test("A quota counts blobs and unfinished uploads, and deleting gives room")
    func quota() throws {
        let folder = try TemporaryFolder()
        let blobs = try blobs(folder, quota: 10)
        #expect(blobs.hasRoom(for: 10) && !blobs.hasRoom(for: 11))
        let digest = try blobs.insert([1, 2, 3, 4])
        #expect(blobs.usedBytes == 4 && blobs.hasRoom(for: 6) && !blobs.hasRoom(for: 7))
        try blobs.append(try FarmStoreTests.digest(5), offset: 0, bytes: [1, 2])
        #expect(blobs.usedBytes == 6)
        #expect(try blobs.remove(try #require(try blobs.blobs(on: String(digest.description.prefix(2))).first)))
        #expect(blobs.usedBytes == 2)
    }

    @Test("Space is low below the reserve, whether that is octets or a part of the volume")
    func low() throws {
        let folder = try TemporaryFolder()
        func space(_ configuration: BlobStore.Configuration) throws -> BlobStore.Space {
            try BlobStore(folder: folder("x"), configuration: configuration).space()
        }
        #expect(try !space(.init(freeReserveBytes: 0)).isLow)
        #expect(try space(.init(freeReserveBytes: .max)).isLow)
        let part = try space(.init(freeReserveBytes: 0, freeReserveFraction: 0.05))
        #expect((1...StoreLimits.largestReserveBytes).contains(part.reserveBytes))
    }
}
