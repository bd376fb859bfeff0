import FarmModel
import Foundation
import OrderedCollections

/// An outbox entry as JSON with a version; pairs keep their order, numbers that are not finite are words.
struct StoredEntry: Codable {
    static let version = 1

    var version: Int
    var job: UInt64
    var index: UInt32
    var attempt: UInt32
    var succeeded: Result?
    var failed: Failed?

    struct Result: Codable {
        var artifacts: [File]
        var metrics: [Metric]
        var facts: [Fact]
        var wallMilliseconds: Int64
    }

    struct File: Codable {
        var name: String
        var kind: String
        var bytes: Int64
        var sha256: String
    }

    struct Metric: Codable {
        var name: String
        var value: Double
    }

    struct Fact: Codable {
        var name: String
        var value: String
    }

    struct Failed: Codable {
        var failureClass: String
        var message: String
        var cause: String?
    }

    static func encode(_ entry: OutboxEntry) throws -> Data {
        let task = entry.attempt.task
        var stored = StoredEntry(
            version: version, job: task.job.number, index: task.index, attempt: entry.attempt.attempt)
        switch entry.outcome {
        case .failed(let failure):
            stored.failed = Failed(
                failureClass: failure.failureClass.rawValue, message: failure.message,
                cause: failure.cause?.description)
        case .succeeded(let result):
            stored.succeeded = Result(
                artifacts: result.artifacts.map {
                    File(name: $0.name, kind: $0.kind.rawValue, bytes: $0.byteCount, sha256: "\($0.digest)")
                },
                metrics: result.metrics.map { Metric(name: $0.key, value: $0.value) },
                facts: result.facts.map { Fact(name: $0.key, value: $0.value) },
                wallMilliseconds: result.wallMilliseconds)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let data = try encoder.encode(stored)
        guard data.count <= StoreLimits.entryBytes else {
            throw StoreError(
                .overLimit, what: "an entry of \(data.count) octets", at: "\(entry.attempt)",
                hint: "report fewer or shorter facts")
        }
        return data
    }

    static func decode(_ data: Data, at place: String) throws -> OutboxEntry {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            let stored = try decoder.decode(StoredEntry.self, from: data)
            guard stored.version <= version else {
                throw StoreError(
                    .newerVersion, what: "the entry is of version \(stored.version), which is newer than this program",
                    at: place, hint: "start the newer release and move the folder back to have it reported")
            }
            return OutboxEntry(
                attempt: TaskAttempt(
                    task: TaskID(job: JobID(stored.job), index: stored.index), attempt: stored.attempt),
                outcome: try stored.outcome())
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(
                .corrupt, what: "the entry cannot be read: \(error)", at: place,
                hint: "its task will be rendered again; delete the folder when it is of no use")
        }
    }

    private func outcome() throws -> OutboxEntry.Outcome {
        switch (succeeded, failed) {
        case (let result?, nil): return .succeeded(try result.model())
        case (nil, let failure?):
            guard let failureClass = Failure.Class(rawValue: failure.failureClass) else {
                throw StoredFormatError("unknown class \"\(failure.failureClass)\"")
            }
            let cause = failure.cause.flatMap { Failure.Cause($0) }
            guard (cause == nil) == (failure.cause == nil) else {
                throw StoredFormatError("unknown cause \"\(failure.cause ?? "")\"")
            }
            return .failed(Failure(failureClass, failure.message, cause: cause))
        default: throw StoredFormatError("neither or both of success and failure")
        }
    }
}

extension StoredEntry.Result {
    fileprivate func model() throws -> TaskResult {
        TaskResult(
            artifacts: try artifacts.map { file in
                guard let kind = Artifact.Kind(rawValue: file.kind), let digest = Digest(hex: file.sha256) else {
                    throw StoredFormatError("unreadable file \"\(file.name)\"")
                }
                return Artifact(name: file.name, kind: kind, byteCount: file.bytes, digest: digest)
            },
            metrics: OrderedDictionary(metrics.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
            facts: OrderedDictionary(facts.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
            wallMilliseconds: wallMilliseconds)
    }
}
