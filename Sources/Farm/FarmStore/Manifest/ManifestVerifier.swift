import FarmModel
import Foundation
import Glibc

/// Compares a manifest with the files it lists.
public struct ManifestVerifier: Sendable {
    /// A difference between a manifest and its folder.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// What differs.
        public enum Kind: Hashable, Sendable {
            /// There is no such file, or it is no regular file.
            case missing
            /// It has another size.
            case size(expected: Int64, found: Int64)
            /// It has other content.
            case digest(expected: String, found: String)
            /// The path leads out of the job's folder, or could.
            case unsafePath
            /// Two entries claim one path.
            case listedTwice
            /// It cannot be read, and why.
            case unreadable(String)
        }

        /// The path, as listed.
        public let path: String
        /// What differs.
        public let kind: Kind

        /// One line for people.
        public var description: String {
            switch kind {
            case .missing: "\(path): missing"
            case .size(let expected, let found): "\(path): \(found) octets instead of \(expected)"
            case .digest(let expected, let found): "\(path): SHA-256 \(found) instead of \(expected)"
            case .unsafePath: "\(path): not a path inside the job's folder"
            case .listedTwice: "\(path): listed twice"
            case .unreadable(let why): "\(path): \(why)"
            }
        }
    }

    /// What a comparison found.
    public struct Report: Hashable, Sendable {
        /// The manifest.
        public var manifest: Manifest
        /// Files that are as listed.
        public var verified = 0
        /// Their octets.
        public var verifiedBytes: Int64 = 0
        /// Differences, in the order of the manifest.
        public var problems: [Problem] = []
        /// Files in the folders of results that the manifest does not list, sorted; such as those of a task that ended
        /// after it was written.
        public var unlisted: [String] = []

        /// Whether every listed file is there with its content.
        public var isIntact: Bool { problems.isEmpty }
    }

    /// Reads the manifest at a path and every file it lists, which lie in the same folder.
    ///
    /// - Throws: `StoreError` if the manifest itself cannot be read; trouble with the files is reported.
    public static func verify(_ path: String) throws -> Report {
        let manifest = try read(path)
        let folder = Disk.folder(of: path)
        var report = Report(manifest: manifest)
        var seen: Set<String> = []
        for file in manifest.job.files + manifest.tasks.flatMap(\.files) {
            guard seen.insert(file.path).inserted else {
                report.problems.append(Problem(path: file.path, kind: .listedTwice))
                continue
            }
            if let kind = compare(file, in: folder) {
                report.problems.append(Problem(path: file.path, kind: kind))
            } else {
                report.verified += 1
                report.verifiedBytes += file.size
            }
        }
        for kind in Artifact.Kind.allCases where Disk.exists("\(folder)/\(kind.folder)") {
            report.unlisted += try Disk.names(in: "\(folder)/\(kind.folder)")
                .map { "\(kind.folder)/\($0)" }.filter { !seen.contains($0) }
        }
        report.unlisted.sort()
        return report
    }

    /// Reads the manifest at a path.
    ///
    /// - Throws: `StoreError` if it is missing, too long, damaged or of a newer version.
    public static func read(_ path: String) throws -> Manifest {
        let file = try File(path, O_RDONLY, what: "cannot read the manifest")
        let size = Disk.size(ofFile: path) ?? 0
        guard size <= StoreLimits.manifestBytes else {
            throw StoreError(
                .overLimit, what: "a manifest of \(size) octets", at: path,
                hint: "at most \(StoreLimits.manifestBytes) are read")
        }
        var data = Data()
        _ = try file.forEachPiece { data.append(contentsOf: $0) }
        return try Manifest(decoding: data, at: path)
    }

    private static func compare(_ file: Manifest.File, in folder: String) -> Problem.Kind? {
        let parts = file.path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy(JobSpec.isFileName) else { return .unsafePath }
        let path = "\(folder)/\(file.path)"
        guard let size = Disk.size(ofFile: path) else { return .missing }
        guard size == file.size else { return .size(expected: file.size, found: size) }
        do {
            let found = try Disk.digest(ofFile: path).digest
            return "\(found)" == file.sha256 ? nil : .digest(expected: file.sha256, found: "\(found)")
        } catch {
            return .unreadable("\(error)")
        }
    }
}
