import FarmModel
import FarmStore
import Foundation
import Testing

@Suite("Publishing")
struct PublisherTests {
    /// A farm with a job `harbor` whose task 0 succeeded with a picture and a curve.
    private struct Fixture {
        let folder: TemporaryFolder
        let farm: FarmStore
        let publisher: Publisher
        let attempt: TaskAttempt
        let picture: Digest

        init() throws {
            folder = try TemporaryFolder()
            farm = try store(in: folder)
            publisher = Publisher(output: folder("out"), blobs: farm.blobs)
            picture = try farm.blobs.insert(Array("picture".utf8))
            let curve = try farm.blobs.insert(Array("curve".utf8))
            let lease = try lease(1, 0, 1)
            attempt = lease.attempt
            try farm.commit([
                try submitted(), .attemptStarted(lease, at: time(1)),
                .taskSucceeded(
                    lease,
                    TaskResult(
                        artifacts: [
                            Artifact(name: "a.png", kind: .frame, byteCount: 7, digest: picture),
                            Artifact(name: "a.csv", kind: .losses, byteCount: 5, digest: curve),
                        ], wallMilliseconds: 1), at: time(2)),
            ])
        }

        func result() throws -> StoredResult { try #require(try farm.unpublished().first) }
        func text(_ path: String) throws -> String {
            try String(contentsOfFile: folder("out/\(path)"), encoding: .utf8)
        }
        func write(_ text: String, _ path: String) throws {
            let url = URL(fileURLWithPath: folder("out/\(path)"))
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
    }

    @Test("Files go to their folders and nothing else is left there")
    func publishes() throws {
        let f = try Fixture()
        let report = try f.publisher.publish(try f.result())
        #expect(report.published == ["harbor/frames/a.png", "harbor/losses/a.csv"])
        #expect(try f.text("harbor/frames/a.png") == "picture")
        #expect(TemporaryFolder.files(below: f.folder("out")) == ["harbor/frames/a.png", "harbor/losses/a.csv"])
        try f.farm.markPublished([f.attempt])
        try f.farm.markPublished([f.attempt])
        #expect(try f.farm.unpublished() == [])
    }

    @Test("A volume without links to the blobs gets copies", .enabled(if: PublisherTests.hasOtherVolume))
    func otherVolume() throws {
        let f = try Fixture()
        let output = "\(PublisherTests.memory)/store-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let publisher = Publisher(output: output, blobs: f.farm.blobs)
        #expect(try publisher.publish(try f.result()).published.count == 2)
        #expect(try String(contentsOfFile: "\(output)/harbor/frames/a.png", encoding: .utf8) == "picture")
        #expect(try publisher.publish(try f.result()).unchanged.count == 2)
        #expect(TemporaryFolder.files(below: output) == ["harbor/frames/a.png", "harbor/losses/a.csv"])
    }

    private static let memory = "/dev/shm"

    /// Whether a second file system is at hand to copy to.
    private static var hasOtherVolume: Bool {
        func volume(_ path: String) -> Int? {
            try? FileManager.default.attributesOfItem(atPath: path)[.systemNumber] as? Int
        }
        return FileManager.default.isWritableFile(atPath: memory)
            && volume(memory) != volume(FileManager.default.temporaryDirectory.path)
    }

    @Test("Of many results those that can be published are, and the others are told one by one")
    func batch() throws {
        let f = try Fixture()
        let other = try lease(1, 1, 1)
        let lost = Artifact(name: "b.png", kind: .frame, byteCount: 3, digest: try digest(77))
        try f.farm.commit([
            .attemptStarted(other, at: time(3)),
            .taskSucceeded(other, TaskResult(artifacts: [lost], wallMilliseconds: 1), at: time(4)),
        ])
        #expect(try f.farm.unpublishedCount(of: JobID(1)) == 2)
        let report = try f.publisher.publish(try f.farm.unpublished())
        #expect(report.published == [f.attempt])
        #expect(report.failures.map(\.attempt) == [other.attempt])
        try f.farm.markPublished(report.published)
        #expect(try f.farm.unpublished().map(\.attempt) == [other.attempt])
        #expect(try f.farm.unpublishedCount(of: JobID(1)) == 1)
        // One that is unknown keeps the others from being noted, too.
        let unknown = TaskAttempt(task: TaskID(job: JobID(1), index: 3), attempt: 1)
        #expect(try storeError { try f.farm.markPublished([other.attempt, unknown]) }.reason == .ruleViolated)
        #expect(try f.farm.unpublishedCount(of: JobID(1)) == 1)
    }

    @Test("Publishing again changes nothing")
    func twice() throws {
        let f = try Fixture()
        try f.publisher.publish(try f.result())
        let report = try f.publisher.publish(try f.result())
        #expect(report.published == [] && report.quarantined == [])
        #expect(report.unchanged == ["harbor/frames/a.png", "harbor/losses/a.csv"])
        #expect(TemporaryFolder.files(below: f.folder("out")).count == 2)
    }

    @Test("R7: A crash between two files, or before a rename, is mended by publishing again")
    func crash() throws {
        let f = try Fixture()
        try f.write("picture", "harbor/frames/a.png")
        try f.write("cur", "harbor/losses/.a.csv.part")
        let report = try f.publisher.publish(try f.result())
        #expect(report.unchanged == ["harbor/frames/a.png"])
        #expect(report.published == ["harbor/losses/a.csv"])
        #expect(TemporaryFolder.files(below: f.folder("out")) == ["harbor/frames/a.png", "harbor/losses/a.csv"])
    }

    @Test("Other content is moved aside, never overwritten, however often it happens")
    func quarantine() throws {
        let f = try Fixture()
        for (round, text) in ["mine", "picturE"].enumerated() {
            // A new file, since the published one is the blob itself.
            try? FileManager.default.removeItem(atPath: f.folder("out/harbor/frames/a.png"))
            try f.write(text, "harbor/frames/a.png")
            let report = try f.publisher.publish(try f.result())
            let moved = round == 0 ? "harbor/quarantine/frames-a.png" : "harbor/quarantine/frames-2-a.png"
            #expect(report.quarantined == [.init(path: "harbor/frames/a.png", movedTo: moved)])
            #expect(report.quarantined[0].description.contains(moved))
            #expect(try f.text(moved) == text)
            #expect(try f.text("harbor/frames/a.png") == "picture")
        }
    }

    @Test("A link in the way is moved aside, not followed")
    func symbolicLink() throws {
        let f = try Fixture()
        try f.write("precious", "elsewhere")
        try FileManager.default.createDirectory(
            atPath: f.folder("out/harbor/frames"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: f.folder("out/harbor/frames/a.png"), withDestinationPath: f.folder("out/elsewhere"))
        #expect(try f.publisher.publish(try f.result()).quarantined.count == 1)
        #expect(try f.text("elsewhere") == "precious")
        #expect(try f.text("harbor/frames/a.png") == "picture")
    }

    @Test("Two tasks with a file of one name keep both")
    func sameName() throws {
        let f = try Fixture()
        let other = try f.farm.blobs.insert(Array("other".utf8))
        let lease = try lease(1, 2, 1)
        let twice = Artifact(name: "a.png", kind: .frame, byteCount: 5, digest: other)
        try f.farm.commit([
            .attemptStarted(lease, at: time(1)),
            .taskSucceeded(lease, TaskResult(artifacts: [twice, twice], wallMilliseconds: 1), at: time(2)),
        ])
        let results = try f.farm.unpublished()
        #expect(results[1].files.map(\.path) == ["frames/2-a.png", "frames/2-2-a.png"])
        for result in results { try f.publisher.publish(result) }
        #expect(try f.text("harbor/frames/a.png") == "picture")
        #expect(try f.text("harbor/frames/2-a.png") == "other")
    }

    @Test("Results are listed page by page, in order, until they are published")
    func paging() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        for job in 1...2 as ClosedRange<UInt64> {
            try farm.commit([try submitted(job, "job-\(job)")])
            for index in (0..<3).reversed() as ReversedCollection<Range<UInt32>> {
                let file = Artifact(name: "\(index).png", kind: .frame, byteCount: 0, digest: try digest(1))
                let result = TaskResult(artifacts: [file], wallMilliseconds: 1)
                try farm.commit([.taskSucceeded(try lease(job, index, 1), result, at: time(1))])
            }
        }
        var tasks: [String] = []
        var last: TaskID?
        while case let page = try farm.unpublished(after: last, limit: 2), let end = page.last {
            tasks += page.map { $0.attempt.task.description }
            last = end.attempt.task
        }
        #expect(tasks == ["1/0", "1/1", "1/2", "2/0", "2/1", "2/2"])
        try farm.markPublished([try lease(1, 1, 1).attempt])
        #expect(try farm.unpublished().count == 5)
        #expect(throws: StoreError.self) { try farm.markPublished([try lease(1, 1, 2).attempt]) }
    }

    @Test("A result without files has nothing to publish")
    func nothing() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        try farm.commit([try submitted(1, "job-1")])
        let lease = try lease(1, 0, 1)
        try farm.commit([.taskSucceeded(lease, TaskResult(artifacts: [], wallMilliseconds: 1), at: time(1))])
        #expect(try farm.unpublished().isEmpty && farm.unpublishedCount(of: JobID(1)) == 0)
    }

    @Test("R10: A missing blob, a folder below a file and a lost output folder are told and can be mended")
    func trouble() throws {
        let f = try Fixture()
        try Data().write(to: URL(fileURLWithPath: f.folder("file")))
        let nowhere = Publisher(output: f.folder("file/out"), blobs: f.farm.blobs)
        #expect(try storeError { try nowhere.publish(try f.result()) }.reason == .inTheWay)

        let blob = f.farm.blobs.path(of: f.picture)
        try FileManager.default.moveItem(atPath: blob, toPath: blob + ".away")
        let error = try storeError { try f.publisher.publish(try f.result()) }
        #expect(error.reason == .notFound && error.description.contains("harbor/frames/a.png"))
        try FileManager.default.moveItem(atPath: blob + ".away", toPath: blob)

        try f.publisher.publish(try f.result())
        try FileManager.default.removeItem(atPath: f.folder("out"))
        #expect(try f.publisher.publish(try f.result()).published.count == 2)
    }
}
