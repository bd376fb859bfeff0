import Checkpoints
import Foundation
import Glibc
import ModelStore
import Synchronization

/// Fetches the files of a published model and installs them.
struct ModelPull {
    let store: ModelStore
    let patience: DownloadPatience
    let isQuiet: Bool

    /// Throws `UserError` for what cannot be fetched at all, `ModelStoreError` for what failed.
    func install(_ wanted: PublishedModel) async throws -> InstalledModel {
        var fetched: [Fetched] = []
        do {
            for file in wanted.files {
                fetched.append(Fetched(role: file.role, file: try await fetch(file, of: wanted)))
            }
            return try install(fetched, of: wanted)
        } catch {
            // The weights stay as a part: another try needs only what is missing.
            for fetched in fetched where fetched.role != .weights { unlink(fetched.file.path) }
            throw error
        }
    }

    /// What came; held until it is installed, so that no other process goes on with it.
    private struct Fetched {
        let role: InstalledModel.File.Role
        let file: DownloadedFile
    }

    private func fetch(_ file: PublishedModel.File, of wanted: PublishedModel) async throws -> DownloadedFile {
        let request: DownloadRequest
        do {
            request = try DownloadRequest(
                file.url, sha256: file.sha256, sha256Prefix: file.sha256Prefix,
                limit: file.role == .weights ? ModelStore.fileBytes : ModelStore.companionBytes)
        } catch {
            throw UserError("\(error)")
        }
        let display = DownloadDisplay("\(wanted.name) \(file.role.rawValue)", isQuiet: isQuiet)
        defer { display.clear() }
        return try await store.download(request, patience: patience) { display.show($0) }
    }

    private func install(_ fetched: [Fetched], of wanted: PublishedModel) throws -> InstalledModel {
        defer { withExtendedLifetime(fetched) {} }
        guard let weights = fetched.first(where: { $0.role == .weights })?.file.path,
            let address = wanted.files.first?.url
        else { preconditionFailure("a model has weights") }
        let url = DownloadRequest.withoutCredentials(address)
        let isPinned = wanted.files.first?.sha256 != nil
        var (kind, architecture) = (wanted.kind, wanted.architecture)
        do {
            let inspection = try ModelInspection(path: weights)
            guard let found = inspection.kind, kind == nil || kind == found else {
                unlink(weights)
                throw UserError("\(url): what it serves is no \(kind?.rawValue ?? "VQGAN or CLIP"); it was deleted")
            }
            (kind, architecture) = (found, inspection.architecture)
        } catch let error as CheckpointError {
            // The very file that was published is kept, whatever it is in.
            guard isPinned, wanted.kind != nil else {
                unlink(weights)
                throw UserError("\(url): what it serves \(error.message); it was deleted")
            }
        }
        guard let kind else { preconditionFailure("an inspected model has a kind") }
        let record = InstalledModel(
            name: wanted.name, kind: kind, files: [], architecture: architecture, activation: wanted.activation,
            source: url, licence: wanted.licence, wasVerified: isPinned)
        let suffix = URL(string: address)?.lastPathComponent ?? ""
        let companions = ModelCompanions(configuration: fetched.first { $0.role == .configuration }?.file.path)
        return try store.install(
            record,
            try IncomingFile.files(weights: weights, named: suffix, companions: companions, kind: kind, areOurs: true))
    }
}

/// One line that is redrawn on a terminal; nothing elsewhere.
final class DownloadDisplay: Sendable {
    private struct State {
        let start = ContinuousClock.now
        var first: Int64?
        var drawn: ContinuousClock.Instant?
    }

    private let title: String
    private let isShown: Bool
    private let state = Mutex(State())

    init(_ title: String, isQuiet: Bool) {
        self.title = title
        isShown = !isQuiet && isatty(STDERR_FILENO) != 0
    }

    func show(_ progress: DownloadProgress) {
        guard isShown else { return }
        let now = ContinuousClock.now
        let line = state.withLock { state -> String? in
            if let drawn = state.drawn, now - drawn < .milliseconds(100) { return nil }
            state.drawn = now
            let first = state.first ?? progress.received
            state.first = first
            return DownloadDisplay.line(
                title, progress, came: progress.received - first, seconds: (now - state.start) / .seconds(1))
        }
        if let line { FileHandle.standardError.write(Data(("\r\u{1B}[K" + line).utf8)) }
    }

    func clear() { if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) } }

    /// The line; `came` octets in `seconds` tell the speed, whatever was there before.
    static func line(_ title: String, _ progress: DownloadProgress, came: Int64, seconds: Double) -> String {
        let speed = seconds > 0 ? Double(came) / seconds : 0
        let rate = speed > 0 ? "  \(ByteCount.text(Int64(speed)))/s" : ""
        guard let total = progress.total, total > 0 else {
            return "\(title)  \(ByteCount.text(progress.received))\(rate)"
        }
        let fraction = Double(progress.received) / Double(total)
        var line = "\(title) \(ProgressDisplay.bar(fraction: fraction, width: 24))  "
        line += "\(ByteCount.text(progress.received)) of \(ByteCount.text(total))\(rate)"
        if speed > 0 {
            line += "  ETA \(ProgressDisplay.clockText(seconds: Double(total - progress.received) / speed))"
        }
        return line
    }
}
