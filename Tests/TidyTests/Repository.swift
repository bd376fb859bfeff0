import Foundation

/// The files of this repository, found from the place of this source file.
struct Repository {
    /// One text file: its path from the root and what is in it.
    struct File {
        let path: String
        let text: String

        /// The text without comments and literals, with the same number of lines.
        let code: String

        init(path: String, text: String) {
            self.path = path
            self.text = text
            self.code = SourceText.code(of: text)
        }
    }

    let root: URL

    init(root: URL = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL)
    {
        self.root = root
    }

    /// The Swift files below some folders, sorted by path.
    ///
    /// Generated files (`.pb.swift`) are not ours to tidy.
    func swiftFiles(in folders: [String]) throws -> [File] {
        var files: [File] = []
        for folder in folders {
            let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
            while let name = names?.nextObject() as? String {
                guard name.hasSuffix(".swift"), !name.hasSuffix(".pb.swift") else { continue }
                files.append(try file("\(folder)/\(name)"))
            }
        }
        return files.sorted { $0.path < $1.path }
    }

    func file(_ path: String) throws -> File {
        File(path: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
    }

    /// The names at the top of the repository: those git tracks, or all that are there if git cannot say.
    func topLevel() throws -> [String] {
        let tracked = trackedFiles().compactMap { $0.split(separator: "/").first.map(String.init) }
        return tracked.isEmpty
            ? try FileManager.default.contentsOfDirectory(atPath: root.path).sorted() : Set(tracked).sorted()
    }

    private func trackedFiles() -> [String] {
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/env")
        git.arguments = ["git", "-C", root.path, "ls-files"]
        let output = Pipe()
        git.standardOutput = output
        git.standardError = FileHandle.nullDevice
        guard (try? git.run()) != nil else { return [] }
        let listing = output.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        return String(decoding: listing, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
