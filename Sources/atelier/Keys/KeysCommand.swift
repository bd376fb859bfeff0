public import ArgumentParser
public import FarmKeys
import Foundation

/// `atelier keys`: who may speak to a coordinator.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list, admit and revoke keys of a farm.",
        discussion: """
            Run it on the coordinator's machine; a running coordinator takes a change up at once. Roles: worker renders; \
            viewer looks; submit brings jobs as well; operator acts on jobs and workers as well; admin does everything.

              atelier keys new ada --role submit -o ada.json   # copy the file to ada's machine, mode 0600
              atelier submit sweep.yaml --farm ada.json        # there
              atelier keys reissue ada -o ada.json             # another key and file, the old one is shut out
              atelier keys revoke ada
            """,
        subcommands: [New.self, Reissue.self, List.self, Allow.self, Revoke.self, Rotate.self])

    /// Where the keys are.
    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "State folder of the coordinator; by default that of ATELIER_FARM, or the coordinator's default.",
                valueName: "folder"))
        var farm: String?

        func keys() throws -> KeyFolder { try FarmPlace(farm).keys() }

        static var now: Int64 { Int64(Date().timeIntervalSince1970) }
    }

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Make a key for a user and write the one file that the user needs.")

        @Argument(help: "Who it is for.")
        var name: String

        @Option(help: ArgumentHelp("viewer, submit, operator or admin.", valueName: "role"))
        var role = Role.submit

        @Option(name: .shortAndLong, help: ArgumentHelp("File to write, mode 0600.", valueName: "file"))
        var output: String

        @Option(
            help: ArgumentHelp("This machine's address as others reach it; by default its name.", valueName: "host"))
        var address: String?

        @OptionGroup var place: Place

        func run() throws {
            let folder = try place.keys()
            try IssuedFile(output).write(address, in: folder, for: name) { key, book throws(KeyError) in
                try book.allow(name, key, role: role, at: Place.now)
            }
            print(
                "\(name) (\(role.rawValue)) has a key; \(output) holds it: copy it over a safe way and keep its mode 0600"
            )
        }
    }

    struct Reissue: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reissue",
            abstract: "Give a user another key and file, with the same role, and shut the old key out.",
            discussion: "For a file that was lost or seen by others, and for one that a rotation has made useless.")

        @Argument(help: "Who it is for.")
        var name: String

        @Option(name: .shortAndLong, help: ArgumentHelp("File to write, mode 0600.", valueName: "file"))
        var output: String

        @Option(
            help: ArgumentHelp("This machine's address as others reach it; by default its name.", valueName: "host"))
        var address: String?

        @OptionGroup var place: Place

        func run() throws {
            let folder = try place.keys()
            try IssuedFile(output).write(address, in: folder, for: name) { key, book throws(KeyError) in
                guard let old = book.principal(named: name), old.role != .worker else {
                    throw KeyError("no user has this name", at: name, hint: "atelier keys list shows who has a key")
                }
                try book.revoke(name, at: Place.now)
                try book.allow(name, key, role: old.role, at: Place.now)
            }
            print("\(name) has another key; \(output) holds it, and the old one is shut out")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Show who is admitted.")

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var place: Place

        func run() throws {
            let folder = try place.keys()
            let (book, server) = try forUser { (try folder.book(), try folder.serverKeys()) }
            if json {
                return print(try JSONText.pretty(book.principals))
            }
            print("coordinator  \(server.current.publicKey)")
            if let next = server.next { print("next         \(next.publicKey)") }
            for one in book.principals {
                let state = one.revoked == nil ? one.role.rawValue : "revoked"
                print("\(state.padding(toLength: 12, withPad: " ", startingAt: 0)) \(one.key)  \(one.name)")
            }
            for token in book.tokens where token.expires >= Place.now {
                print("join file    \(token.used.count) of \(token.uses) used, \(token.expires - Place.now) s left")
            }
        }
    }

    struct Allow: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "allow", abstract: "Admit a key that somebody made elsewhere.")

        @Argument(help: "Whose it is.")
        var name: String

        @Argument(help: "The public key, 40 characters.")
        var key: String

        @Option(help: ArgumentHelp("worker, viewer, submit, operator or admin.", valueName: "role"))
        var role = Role.submit

        @OptionGroup var place: Place

        func run() throws {
            guard let key = PublicKey(key) else {
                throw UserError("\(self.key) is no public key of 40 characters (Z85)")
            }
            let folder = try place.keys()
            try forUser {
                try folder.change { book throws(KeyError) in try book.allow(name, key, role: role, at: Place.now) }
                    .get()
            }
            print("\(name) is admitted as \(role.rawValue)")
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Shut a key out for good, also in the middle of a session.")

        @Argument(help: "A name or a public key.")
        var name: String

        @OptionGroup var place: Place

        func run() throws {
            let folder = try place.keys()
            try forUser {
                try folder.change { book throws(KeyError) in try book.revoke(name, at: Place.now) }.get()
            }
            print("\(name) is shut out")
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Give the coordinator a new key.",
            discussion: """
                First, without flags: a next key is made, announced to every worker and user that opens a session, \
                and put into the files that are made from now on. When all of them have been here, with --finish: the \
                next start of the coordinator uses it, and they follow by themselves. Files of users who did not come \
                meanwhile and older join files do not know it: atelier keys reissue and atelier join create make new \
                ones.
                """)

        @Flag(help: "Use the announced key from the next start on.")
        var finish = false

        @OptionGroup var place: Place

        func run() throws {
            let folder = try place.keys()
            let waiting = try forUser { () -> Int in
                try folder.changeServerKeys { keys throws(KeyError) in
                    guard finish else {
                        if keys.next == nil { keys.next = try .make() }
                        return
                    }
                    guard let next = keys.next else {
                        throw KeyError("no next key was announced", at: folder.path, hint: "atelier keys rotate first")
                    }
                    keys = ServerKeys(current: next)
                }
                return try folder.book().tokens.count { $0.expires >= Place.now && $0.used.count < $0.uses }
            }
            print(
                finish
                    ? "the next start of the coordinator uses the new key, and until then it is announced"
                    : "the next key is announced to workers and users; finish with atelier keys rotate --finish")
            if finish, waiting > 0 {
                Notice.say(
                    "\(waiting) join file\(waiting == 1 ? " is" : "s are") out: those made before the rotation know the old key only, make new ones"
                )
            }
        }
    }
}

extension Role: ExpressibleByArgument {}
