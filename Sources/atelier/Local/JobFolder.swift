import FarmModel
import Foundation

/// The folder of a job that a local farm runs: its outputs, and the farm's state in a hidden folder beside them.
///
/// The state stays with the outputs, so running the same job again goes on where it was, and deleting the folder
/// forgets everything.
struct JobFolder {
    /// The folder that holds job folders.
    let output: URL
    /// The job's name and so its folder's, perhaps with a number behind the template's name.
    let name: String

    /// Where outputs go.
    var url: URL { output.appending(path: name) }
    /// Where the coordinator keeps its state.
    var state: URL { url.appending(path: ".farm") }
    /// Where local workers keep theirs.
    func worker(_ name: String) -> URL { state.appending(path: "workers").appending(path: name) }

    /// Finds the folder of a job with this key, or the first free name for a new one.
    ///
    /// - Throws: `UserError` if the output folder cannot be made or written to.
    static func locate(output: String, name: String, key: FarmModel.Digest) throws -> JobFolder {
        guard !output.isEmpty else { throw UserError("--output: the name of a folder is missing") }
        let root = URL(fileURLWithPath: output).standardizedFileURL
        try makeWritable(root)
        for number in 1...Limits.sameNamedJobs {
            let folder = JobFolder(output: root, name: number == 1 ? name : "\(name)-\(number)")
            let keyFile = folder.state.appending(path: "key")
            if let known = try? String(contentsOf: keyFile, encoding: .utf8) {
                if known.trimmingCharacters(in: .whitespacesAndNewlines) == key.description { return folder }
                continue
            }
            guard !FileManager.default.fileExists(atPath: folder.url.path) else { continue }
            do {
                try FileManager.default.createDirectory(at: folder.state, withIntermediateDirectories: true)
                try Data((key.description + "\n").utf8).write(to: keyFile, options: .atomic)
            } catch {
                throw UserError(
                    "cannot write to \(folder.url.path): \(error.localizedDescription); choose another --output")
            }
            return folder
        }
        throw UserError("\(root.path) holds \(Limits.sameNamedJobs) jobs named \(name); give another --name")
    }

    private static func makeWritable(_ root: URL) throws {
        do {
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            let probe = root.appending(path: ".atelier-\(ProcessInfo.processInfo.processIdentifier)")
            try Data().write(to: probe)
            try FileManager.default.removeItem(at: probe)
        } catch {
            throw UserError("the output folder \(root.path) cannot be written to; choose another with --output")
        }
    }
}
