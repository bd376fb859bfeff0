import ArgumentParser
import FarmKeys
import FarmModel
import Foundation

/// `atelier join create`: one file that lets new nodes in.
struct JoinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Make files that let new nodes join a farm.", subcommands: [Create.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a join file.",
            discussion: """
                Run it on the coordinator's machine, copy the file to a node, and start the worker with it. Nothing \
                secret travels when the node joins; a file that leaks is good for as many nodes and as long as it says.

                  atelier join create --uses 20 --expires 2h -o join.json
                  atelier worker --join join.json              # on each node
                """)

        @Option(parsing: .unconditional, help: ArgumentHelp("Nodes that may join with it.", valueName: "n"))
        var uses = 1

        @Option(help: ArgumentHelp("How long it is good: 30m, 2h, 7d.", valueName: "time"))
        var expires = "2h"

        @Option(help: ArgumentHelp("A word that jobs may ask for, as with worker --tag.", valueName: "word"))
        var pool: String?

        @Option(help: ArgumentHelp("This machine's address as nodes reach it; by default its name.", valueName: "host"))
        var address: String?

        @Option(name: .shortAndLong, help: ArgumentHelp("File to write, mode 0600.", valueName: "file"))
        var output = "join.json"

        @OptionGroup var place: KeysCommand.Place

        func validate() throws {
            guard (1...KeyLimits.uses).contains(uses) else {
                throw ValidationError("--uses is \(uses); it lies in 1 ... \(KeyLimits.uses)")
            }
            guard Create.seconds(expires) != nil else {
                throw ValidationError("--expires \(expires): write a number with s, m, h or d, up to 365d")
            }
            if let pool, !JobSpec.isTag(pool) {
                throw ValidationError("--pool \(pool): use up to 100 letters, digits, '.', '_' or '-'")
            }
        }

        func run() throws {
            let folder = try place.keys()
            let now = KeysCommand.Place.now
            let token = JoinToken(expires: now + (Create.seconds(expires) ?? 0), uses: uses, pool: pool)
            try IssuedFile(output).write(address, in: folder, token: token, at: now)
            print(
                "\(output): good for \(uses) node\(uses == 1 ? "" : "s") and \(expires); on each: atelier worker --join \(output)"
            )
        }

        /// Reads `90s`, `30m`, `2h`, `7d`; nil for anything else or more than a year.
        static func seconds(_ text: String) -> Int64? {
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
            guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
                (1...31_536_000).contains(number), number * unit <= 31_536_000
            else { return nil }
            return number * unit
        }
    }
}
