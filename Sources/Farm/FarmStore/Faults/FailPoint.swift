import Foundation
import Glibc
import Synchronization

/// Named places where a test can have this process killed, all of them listed here.
///
/// `ATELIER_FAILPOINT=in-commit` kills the process with SIGKILL when it first comes by that place,
/// `ATELIER_FAILPOINT=in-commit:3` the third time; several are separated by commas. Nothing is flushed and nothing
/// is said, as when the power goes. Without the variable a place costs one comparison. A name that is not listed here
/// ends the process at once, since a test that kills nothing proves nothing.
public enum FailPoint: String, CaseIterable, Sendable {
    // MARK: - The coordinator's records
    /// Before the transaction of a batch begins.
    case beforeCommit = "before-commit"
    /// All rows of a batch are written, but not committed.
    case inCommit = "in-commit"
    /// A batch is durable and nobody has heard of it.
    case afterCommit = "after-commit"
    /// A batch is durable and one of its effects was executed.
    case midAnswer = "mid-answer"

    // MARK: - The coordinator's files
    /// An upload is whole and verified, but has not got its name.
    case beforeBlobRename = "before-blob-rename"
    /// A blob has its name, and its sender was not told.
    case afterBlobRename = "after-blob-rename"
    /// An output lies under its hidden name.
    case beforePublishRename = "before-publish-rename"
    /// Outputs are in place, and not noted as published.
    case midPublish = "mid-publish"
    /// Outputs are noted as published.
    case afterPublish = "after-publish"
    /// A manifest lies under its hidden name.
    case beforeManifestRename = "before-manifest-rename"
    /// Some of the blobs that nobody needs are deleted.
    case midSweep = "mid-sweep"

    // MARK: - The worker's outbox
    /// A result's files are durable, its entry is not.
    case beforeOutboxEntry = "before-outbox-entry"
    /// An entry is durable, and was not reported.
    case afterOutboxEntry = "after-outbox-entry"
    /// An entry is deleted, its files are not.
    case midOutboxRemoval = "mid-outbox-removal"

    /// The variable that arms fail points.
    public static let variable = "ATELIER_FAILPOINT"

    /// Passages left before each armed place kills.
    private final class Armed: Sendable {
        let points: Mutex<[FailPoint: Int]>

        init(_ points: [FailPoint: Int]) { self.points = Mutex(points) }
    }

    private static let armed: Armed? = {
        guard let text = ProcessInfo.processInfo.environment[variable], !text.isEmpty else { return nil }
        switch parse(text) {
        case .success(let points): return Armed(points)
        case .failure(let error):
            FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
            exit(2)
        }
    }()

    /// Whether the environment names any place.
    public static var isAnyArmed: Bool { armed != nil }

    /// Kills the process if the environment asks for it here.
    public func pass() {
        guard let armed = FailPoint.armed else { return }
        let isDue = armed.points.withLock { points in
            guard let left = points[self] else { return false }
            points[self] = left - 1
            return left == 1
        }
        guard isDue else { return }
        kill(getpid(), SIGKILL)
        // The signal may take a moment to arrive; nothing may happen until then.
        while true { pause() }
    }

    /// Reads the variable: names with an optional number of the passage that kills.
    static func parse(_ text: String) -> Result<[FailPoint: Int], UnknownFailPoint> {
        var points: [FailPoint: Int] = [:]
        for item in text.split(separator: ",") {
            let parts = item.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            let count = parts.count == 2 ? Int(parts[1]) : 1
            guard parts.count <= 2, let point = FailPoint(rawValue: parts[0]), let count, count > 0 else {
                return .failure(UnknownFailPoint(text: String(item)))
            }
            points[point] = count
        }
        return .success(points)
    }
}

/// A name in the variable that is no fail point.
struct UnknownFailPoint: Error, Equatable, CustomStringConvertible {
    let text: String

    var description: String {
        let names = FailPoint.allCases.map(\.rawValue).joined(separator: ", ")
        return "\(FailPoint.variable): \"\(text)\" is none of \(names), with an optional :number"
    }
}
