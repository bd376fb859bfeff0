import ArgumentParser
import CoordinatorService
import FarmModel
import Foundation

/// `atelier check`: whether what a coordinator keeps is what it was.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compare every file that a coordinator keeps with its digest.",
        discussion: """
            For the state folder of a coordinator that does not run, after a fault of a disk or a move to another one. \
            A file that is not what it was is moved to “damaged”: a worker that still has it sends it again, a task \
            goes on from the checkpoint before, and a model has to be submitted again. Exits with 1 if there was one.

              atelier check ~/farm
            """)

    @Argument(help: ArgumentHelp("State folder of the coordinator.", valueName: "folder"))
    var folder: String

    @Flag(help: "Print JSON.")
    var json = false

    private struct Finding: Encodable {
        var sound: Int
        var bytes: Int64
        var damaged: [String]
    }

    func run() throws {
        let finding: Finding
        do {
            let check = try StoredFarm.checkFiles(in: folder)
            finding = Finding(sound: check.sound, bytes: check.bytes, damaged: check.damaged.map(\.description))
        } catch let error as StoredFarm.InUse {
            throw UserError("\(error)")
        } catch {
            throw UserError("\(folder): \(error)")
        }
        if json {
            print(try JSONText.pretty(finding))
        } else {
            print("\(finding.sound) files of \(finding.bytes >> 20) MiB are what they were")
            for digest in finding.damaged { print("damaged: \(digest)") }
        }
        if !finding.damaged.isEmpty { throw ExitCode(1) }
    }
}
