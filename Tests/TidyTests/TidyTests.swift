import Foundation
import Testing

/// The rules of the house that the compiler and the formatter do not check.
@Suite struct TidyTests {
    private let repository = Repository()

    private func manifest() throws -> PackageManifest {
        PackageManifest(parsing: try repository.file("Package.swift").text)
    }

    @Test("Every target imports only what the plan allows")
    func imports() throws {
        let files = try repository.swiftFiles(in: ["Sources"])
        #expect(files.count > 20)
        for file in files {
            guard let target = Imports.target(ofPath: file.path, among: Plan.allowed.keys) else {
                Issue.record("\(file.path) belongs to no target of the plan")
                continue
            }
            for violation in Imports.violations(in: file, target: target, allowed: Plan.allowed) {
                Issue.record("\(violation)")
            }
        }
    }

    @Test("The plan and the package name the same targets")
    func targets() throws {
        #expect(try manifest().targets.sorted() == Plan.allowed.keys.sorted())
    }

    @Test("The columns of the plan keep apart")
    func columns() {
        let pictures = [
            "TensorCore", "TensorCPU", "Checkpoints", "Imaging", "VQGAN", "CLIP", "ModelStore", "StarterModel",
            "Guidance",
        ]
        let farm = [
            "FarmModel", "FarmCoordinator", "FarmWorker", "FarmKeys", "FarmProtocol", "FarmSimulation",
            "FarmTransport", "FarmStore",
        ]
        for target in farm { #expect(Plan.allowed[target]?.isDisjoint(with: pictures) == true, "\(target)") }
        for target in pictures {
            #expect(Plan.allowed[target]?.isDisjoint(with: farm + ["CZeroMQ"]) == true, "\(target)")
        }
        for target in Plan.pure {
            #expect(Plan.allowed[target]?.isDisjoint(with: ["Foundation", "Logging", "Dispatch"]) == true, "\(target)")
        }
    }

    @Test("No banned word is used")
    func words() throws {
        // These files name the words they ban.
        let files = try repository.swiftFiles(in: ["Sources", "Tests"]).filter {
            !$0.path.hasPrefix("Tests/TidyTests/")
        }
        for file in files + [try repository.file("Package.swift")] {
            for word in BannedWord.all {
                for violation in word.violations(in: file) { Issue.record("\(violation)") }
            }
        }
    }

    @Test("Unchecked sendability says what guards it")
    func sendability() throws {
        let files = try repository.swiftFiles(in: ["Sources", "Tests"]).filter {
            !$0.path.hasPrefix("Tests/TidyTests/")
        }
        for file in files {
            for violation in UncheckedSendability.violations(in: file) { Issue.record("\(violation)") }
        }
    }

    @Test("No source file is longer than the limit")
    func lengths() throws {
        for file in try repository.swiftFiles(in: ["Sources", "Tests"]) {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
            if lines > Plan.lines { Issue.record("\(file.path) has \(lines) lines, more than \(Plan.lines)") }
        }
    }

    @Test("The top of the repository holds only the agreed entries")
    func topLevel() throws {
        let strangers = try repository.topLevel().filter { !$0.hasPrefix(".") && !Plan.topLevel.contains($0) }
        #expect(strangers == [])
        for required in ["Package.swift", "README.md", "LICENSE", "Sources", "Tests", "deploy", "protocols"] {
            #expect(
                FileManager.default.fileExists(atPath: repository.root.appending(path: required).path), "\(required)")
        }
    }

    @Test("Every target has a test target")
    func tested() throws {
        #expect(try manifest().untested == [])
    }

    @Test("Every test target of the package exists and has a test, and every folder of tests is in the package")
    func testFolders() throws {
        let folders = Set(
            try repository.swiftFiles(in: ["Tests"]).filter { $0.text.contains("@Test") }.compactMap {
                $0.path.split(separator: "/").dropFirst().first.map(String.init)
            })
        #expect(try manifest().tests.keys.sorted() == folders.sorted())
    }
}
