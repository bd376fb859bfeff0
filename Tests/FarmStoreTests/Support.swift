import FarmModel
import FarmStore
import Foundation
import OrderedCollections
import Testing

/// A folder of its own for a test, deleted with it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of something in the folder.
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// All files below a path, relative to it and sorted.
    static func files(below path: String) -> [String] {
        guard let walker = FileManager.default.enumerator(atPath: path) else { return [] }
        return walker.compactMap { $0 as? String }.filter { name in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder)
            return !isFolder.boolValue
        }.sorted()
    }
}

/// A digest that differs for every number; no content has it.
func digest(_ number: Int) throws -> Digest {
    let hex = String(number, radix: 16)
    return try #require(Digest(hex: String(repeating: "0", count: 64 - hex.count) + hex))
}

func worker(_ name: String = "w1") throws -> WorkerID { try #require(WorkerID(name)) }

func lease(_ job: UInt64 = 1, _ index: UInt32, _ attempt: UInt32, _ name: String = "w1") throws -> Lease {
    Lease(
        attempt: TaskAttempt(task: TaskID(job: JobID(job), index: index), attempt: attempt), worker: try worker(name))
}

func time(_ milliseconds: Int64) -> WallTime { WallTime(milliseconds: milliseconds) }

/// A job of `tasks` pictures with seeds from 0.
func sweep(_ name: String, tasks: Int = 4) -> JobSpec {
    JobSpec(
        name: name,
        steps: [
            StepSpec(
                name: "paint", action: .render,
                space: ParameterSpace(
                    base: ["prompt": .string("a quiet harbor at dawn"), "width": .integer(64)],
                    axes: [.init(name: "seed", values: (0..<tasks).map { ["seed": .integer(Int64($0))] })]))
        ])
}

func submitted(_ number: UInt64 = 1, _ name: String = "harbor", tasks: Int = 4) throws -> Record {
    .jobSubmitted(JobID(number), sweep(name, tasks: tasks), key: try digest(Int(number)), at: time(1_000))
}

/// A store on a fresh folder, with no reserve of space so that full test machines do not matter.
func store(in folder: TemporaryFolder, _ name: String = "state") throws -> FarmStore {
    try FarmStore(folder: folder(name), blobs: .init(freeReserveBytes: 0))
}

/// The error a closure throws, which must be a `StoreError`.
func storeError(_ body: () throws -> Void) throws -> StoreError {
    try #require(throws: StoreError.self, performing: body)
}
