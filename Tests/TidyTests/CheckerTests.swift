import Testing

/// The checkers on small strings: each rule can fail, and does not fail on what only looks like a breach.
@Suite struct CheckerTests {
    private func file(_ text: String, at path: String = "Sources/Farm/FarmModel/A.swift") -> Repository.File {
        Repository.File(path: path, text: text)
    }

    private func breaches(_ text: String, at path: String = "Sources/Farm/FarmModel/A.swift") -> [String] {
        BannedWord.all.flatMap { word -> [String] in word.violations(in: file(text, at: path)) }
    }

    @Test("Every form of import is found")
    func imports() {
        let text = """
            import Foundation
            @testable import Imaging
            @preconcurrency public import GRDB
              internal import struct Collections.Deque
            public import OrderedCollections
            // import Comment
            let text = "import Literal"
            important()
            """
        #expect(
            Imports.modules(of: file(text).code) == [
                "Foundation", "Imaging", "GRDB", "Collections", "OrderedCollections",
            ])
    }

    @Test("An import outside the plan is a violation, one inside is not")
    func importRule() {
        let allowed: [String: Set<String>] = ["FarmModel": ["OrderedCollections"]]
        let good = file("import OrderedCollections")
        let bad = file("public import TensorCore")
        #expect(Imports.violations(in: good, target: "FarmModel", allowed: allowed).isEmpty)
        #expect(
            Imports.violations(in: bad, target: "FarmModel", allowed: allowed)
                == ["Sources/Farm/FarmModel/A.swift: FarmModel may not import TensorCore"])
        #expect(Imports.violations(in: good, target: "Stranger", allowed: allowed).count == 1)
    }

    @Test("A file's target is its folder, or the folder in its group")
    func targetOfPath() {
        let targets = ["Imaging", "VQGAN"]
        #expect(Imports.target(ofPath: "Sources/Imaging/PNG/A.swift", among: targets) == "Imaging")
        #expect(Imports.target(ofPath: "Sources/Models/VQGAN/A.swift", among: targets) == "VQGAN")
        #expect(Imports.target(ofPath: "Sources/Models/Deep/VQGAN/A.swift", among: targets) == nil)
    }

    @Test(
        "A banned word is found where it is banned",
        arguments: [
            ("let a = try! f()", "Tests/X/A.swift"), ("let a = b as! C", "Sources/Imaging/A.swift"),
            ("fatalError(\"x\")", "Sources/Imaging/A.swift"), ("// TODO later", "Sources/Imaging/A.swift"),
            ("x // FIXME", "Tests/X/A.swift"), ("    print(\"a\")", "Sources/Imaging/A.swift"),
            ("[\"-Ounchecked\"]", "Package.swift"), ("let now = Date()", "Sources/Farm/FarmModel/A.swift"),
            ("Int.random(in: 0..<3)", "Sources/Farm/FarmWorker/A.swift"),
            ("var g = SystemRandomNumberGenerator()", "Sources/Tensors/TensorCore/A.swift"),
            ("ContinuousClock.now", "Sources/Farm/FarmCoordinator/A.swift"),
            ("Foundation.exp(1)", "Sources/Tensors/TensorCore/A.swift"), ("UUID()", "Sources/Farm/FarmModel/A.swift"),
        ])
    func bannedWords(_ text: String, path: String) {
        #expect(breaches(text, at: path).count == 1)
    }

    @Test(
        "What only looks like a banned word is left alone",
        arguments: [
            ("blueprint(1)", "Sources/Imaging/A.swift"), ("console.print(1)", "Sources/Imaging/A.swift"),
            ("// print(1) would be wrong", "Sources/Imaging/A.swift"), ("\"print(1)\"", "Sources/Imaging/A.swift"),
            ("print(1)", "Sources/atelier/A.swift"), ("Date()", "Sources/Services/WorkerService/A.swift"),
            ("let DATODO = 1", "Sources/Imaging/A.swift"), ("try? f()", "Sources/Imaging/A.swift"),
            ("Int.random(in: 0..<3, using: &random)", "Sources/Farm/FarmWorker/A.swift"),
            ("// Foundation is not imported here", "Sources/Farm/FarmModel/A.swift"),
        ])
    func innocentWords(_ text: String, path: String) {
        #expect(breaches(text, at: path) == [])
    }

    @Test("A violation names file and line")
    func lineNumbers() {
        let text = "let a = \"\"\"\n    try!\n    \"\"\"\n// try!\nlet b = try! f()\n"
        #expect(breaches(text) == ["Sources/Farm/FarmModel/A.swift:5: try! (errors are handled or passed on)"])
    }

    @Test("Unchecked sendability without a comment is found, with one it is not")
    func sendability() {
        #expect(UncheckedSendability.violations(in: file("final class A: @unchecked Sendable {}")).count == 1)
        #expect(UncheckedSendability.violations(in: file("nonisolated(unsafe) var a = 1")).count == 1)
        #expect(
            UncheckedSendability.violations(in: file("// Guarded by `lock`.\nfinal class A: @unchecked Sendable {}"))
                == [])
        #expect(UncheckedSendability.violations(in: file("// no @unchecked Sendable here")) == [])
    }

    @Test("The manifest's targets and tests are read")
    func manifest() {
        let manifest = PackageManifest(
            parsing: """
                func target(_ name: String) -> Target { .target(name: name) }
                    target("Core", in: "A", []),
                    target(
                        "Service", in: "B", ["Core"]),
                    .executableTarget(
                        name: "tool", dependencies: ["Core"]),
                    tests("CoreTests", ["Core"], resources: []),
                    tests(
                        "ToolTests", ["tool",
                        "Core"]),
                    tests("TidyTests", []),
                """)
        #expect(manifest.targets == ["Core", "Service", "tool"])
        #expect(manifest.tests == ["CoreTests": ["Core"], "ToolTests": ["tool", "Core"], "TidyTests": []])
        #expect(manifest.untested == ["Service"])
    }
}
