import ArgumentParser
import FarmModel
import Foundation
import ModelStore
import OrderedCollections
import Testing

@testable import atelier

/// Flags, help and what people read while they wait.
struct CommandTests {
    @Test("Flags become settings with the type of their kind; what does not fit stays text to be refused by name")
    func flags() throws {
        let flags = try SettingFlags.parse(
            ["--iterations", "-3", "--size", "64x64", "--set", "noise=0.5", "--set", "augmentations=Af,Er"])
        let settings = try flags.settings()
        #expect(settings["iterations"] == .integer(-3) && settings["size"] == .string("64x64"))
        #expect(settings["noise"] == .number(0.5))
        #expect(settings["augmentations"] == .list([.string("Af"), .string("Er")]))
        #expect(try SettingFlags.parse(["--cutouts", "many"]).settings()["cutouts"] == .string("many"))
        for (wrong, hint) in [("noize=1", "noise"), ("noise", "key=value"), ("seed=1", "did you mean")] {
            let error = try #require(throws: UserError.self) { try SettingFlags.parse(["--set", wrong]).settings() }
            #expect(error.message.contains(hint))
        }
    }

    @Test("The name of a pool is a word that jobs may ask for, and nothing else")
    func pool() throws {
        for wrong in ["two words", ".hidden", ""] {
            #expect(throws: (any Error).self) { try JoinCommand.Create.parse(["--pool", wrong]) }
        }
        #expect(try JoinCommand.Create.parse(["--pool", "spot"]).pool == "spot")
    }

    @Test("A list of models fits a terminal of 80 characters")
    func models() {
        let rows = ModelRow.all(installed: [], published: Catalogue.models)
        let text = ModelsListCommand.text(rows, folder: "/srv/models")
        #expect(rows.count > 20)
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line.count): \(line)") }
        #expect(TextTable.wrapped("a bc", indent: 2) == ["  a bc"])
        let long = String(repeating: "x", count: 90)
        #expect(TextTable.wrapped("a \(long) b", indent: 1) == [" a", " \(long)", " b"])
    }

    @Test("Times and bars read well")
    func display() {
        #expect(ProgressDisplay.clockText(seconds: 0.4) == "0:00")
        #expect(ProgressDisplay.clockText(seconds: 61) == "1:01")
        #expect(ProgressDisplay.clockText(seconds: 3_725) == "1:02:05")
        #expect(ProgressDisplay.bar(fraction: 0.5, width: 4) == "██░░")
        #expect(ProgressDisplay.bar(fraction: 1, width: 3) == "███")
    }

    @Test("A job finds its folder again by its key, and another job of the same name gets the next one")
    func folders() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "atelier-folders-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        func key(_ byte: UInt8) throws -> FarmModel.Digest {
            let digest = FarmModel.Digest([UInt8](repeating: byte, count: 32))
            return try #require(digest)
        }
        let first = try JobFolder.locate(output: root.path, name: "a", key: try key(1))
        #expect(first.name == "a")
        #expect(try JobFolder.locate(output: root.path, name: "a", key: try key(1)).name == "a")
        #expect(try JobFolder.locate(output: root.path, name: "a", key: try key(2)).name == "a-2")
        #expect(try JobFolder.locate(output: root.path, name: "a", key: try key(2)).name == "a-2")
        // A folder that is no job's is left alone.
        try FileManager.default.createDirectory(at: root.appending(path: "b"), withIntermediateDirectories: true)
        #expect(try JobFolder.locate(output: root.path, name: "b", key: try key(1)).name == "b-2")
    }

    @Test(
        "Help texts are as recorded",
        arguments: [
            "", "render", "run", "coordinator", "worker", "submit", "doctor", "parity", "bench", "simulate",
            "settings", "jobs", "job",
            "tasks", "workers", "explain", "pause", "resume", "cancel", "retry", "priority", "drain", "undrain",
            "forgive",
            "models", "models list", "models pull", "models add", "models inspect", "models verify", "models remove",
            "keys", "keys new", "keys list", "keys allow", "keys revoke", "keys rotate", "join", "join create",
        ])
    func help(_ name: String) throws {
        var command: any ParsableCommand.Type = Atelier.self
        for word in name.split(separator: " ") {
            let found = command.configuration.subcommands.first { $0.configuration.commandName == String(word) }
            command = try #require(found)
        }
        let text = Atelier.helpMessage(for: command, includeHidden: false, columns: 100) + "\n"
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/\(name.isEmpty ? "atelier" : name.replacing(" ", with: "-")).txt")
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" { try Data(text.utf8).write(to: file) }
        let recorded = try String(contentsOf: file, encoding: .utf8)
        #expect(text == recorded, "run the tests with UPDATE_SNAPSHOTS=1 if the change is meant")
    }
}
