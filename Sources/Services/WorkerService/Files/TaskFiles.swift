import FarmModel
import Foundation
import Guidance
import ModelStore

/// Finds the files that a task names: where the name says, among the installed models, in the cache, or at the
/// coordinator.
struct TaskFiles: Sendable {
    let models: ModelStore
    let cache: FileCache
    let exchange: BlobExchange

    /// Where the content of each reference of a task lies, by the reference's text.
    ///
    /// What cannot be fetched is a failure of this node, since another may have it; a file that lies where its name
    /// says with other content, and that nobody else has, is a failure of the job. What came into the cache stays there
    /// until the holder lets go.
    func locate(_ settings: String, for holder: String) async -> Result<[String: String], Failure> {
        // What is wrong with the settings is the engine's to say.
        guard let spec = try? RenderSpec(json: settings) else { return .success([:]) }
        var paths: [String: String] = [:]
        for file in Set(spec.files.map { Needed(reference: $0.reference, isModel: $0.content == .model) }) {
            switch await locate(file, for: holder) {
            case .success(let path): paths[file.reference.text] = path
            case .failure(let failure): return .failure(failure)
            }
        }
        return .success(paths)
    }

    /// A task does not need its files any more.
    func letGo(_ holder: String) { cache.letGo(holder) }

    /// A file of a task.
    private struct Needed: Hashable, Sendable {
        var reference: FileReference
        var isModel: Bool

        /// All its digests, its own first; nil if they are not pinned.
        var entries: [FileCache.Entry]? {
            guard let digest = reference.sha256.flatMap({ FarmModel.Digest(hex: $0) }) else { return nil }
            let known = ["safetensors", "ckpt", "pt", "pth", "bin"]
            let suffix = reference.name.split(separator: ".").last.map { $0.lowercased() } ?? ""
            let name = isModel ? "model." + (known.contains(suffix) ? suffix : "ckpt") : "picture.png"
            var entries = [FileCache.Entry(name: name, digest: digest)]
            for companion in reference.companions {
                guard InstalledModel.isName(companion.name), companion.name != name,
                    let digest = FarmModel.Digest(hex: companion.sha256)
                else { return nil }
                entries.append(.init(name: companion.name, digest: digest))
            }
            return entries
        }
    }

    /// What lies at the name of a reference.
    private enum Found: Sendable {
        case it(String)
        case changed(String)
        case nothing
    }

    private func locate(_ file: Needed, for holder: String) async -> Result<String, Failure> {
        // A reference without a digest can only be what its name says.
        guard let entries = file.entries else { return .success(file.reference.name) }
        let models = models
        let found = await TaskFiles.offThePool { TaskFiles.inPlace(file.reference, entries, models) }
        if case .it(let path) = found { return .success(path) }
        let digests = entries.map(\.digest)
        cache.pin(digests)
        defer { cache.unpin(digests) }
        for digest in digests {
            switch await exchange.fetch(digest) {
            case .stored: continue
            case .unknown:
                if case .changed(let sha256) = found {
                    let message = "\(file.reference.name) has changed: its SHA-256 is \(sha256), not \(digests[0])"
                    return .failure(Failure(.configuration, message))
                }
                let message = "\(file.reference.name) is not here and the coordinator does not have it (\(digest))"
                return .failure(Failure(.infrastructure, message))
            case .damaged(let reason), .failed(let reason):
                return .failure(Failure(.infrastructure, "\(file.reference.name) could not be fetched: \(reason)"))
            }
        }
        do {
            let set = try cache.set(of: entries, for: holder)
            try cache.makeRoom()
            return .success("\(set)/\(entries[0].name)")
        } catch {
            return .failure(Failure(.infrastructure, "\(file.reference.name) cannot be kept here: \(error)"))
        }
    }

    /// Looks where the name says and among the installed models; reads no more than it must.
    private static func inPlace(
        _ reference: FileReference, _ entries: [FileCache.Entry], _ models: ModelStore
    ) -> Found {
        let hexadecimal = entries.map(\.digest.description)
        var result = Found.nothing
        if reference.name.hasPrefix("/"), let own = try? FileDigest.shared.of(reference.name).sha256 {
            let companions = InstalledModel.Kind.allCases.flatMap { kind in
                ModelCompanions.beside(reference.name, kind: kind).paths
            }
            let digests = Set(companions.compactMap { try? FileDigest.shared.of($0).sha256 })
            if own == hexadecimal[0], digests.isSuperset(of: hexadecimal.dropFirst()) { return .it(reference.name) }
            if own != hexadecimal[0] { result = .changed(own) }
        }
        for model in (try? models.models()) ?? [] where model.weights?.sha256 == hexadecimal[0] {
            guard Set(model.files.map(\.sha256)) == Set(hexadecimal), let weights = model.weights else { continue }
            return .it(models.path(of: weights, in: model))
        }
        return result
    }

    /// Runs what waits for the disk on a thread of its own.
    private static func offThePool<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }
}
