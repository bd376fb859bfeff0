import FarmKeys
import Foundation

/// A farm as people name it.
struct FarmPlace {
    /// A state folder, or an access file.
    let path: String
    /// An endpoint, where ATELIER_FARM names one; the keys then lie where a coordinator leaves them by default.
    private var endpoint: String?
    private let isGiven: Bool

    /// What was given, else ATELIER_FARM, else where a coordinator keeps its state by default.
    init(_ given: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
        var named = given ?? environment["ATELIER_FARM"].flatMap { $0.isEmpty ? nil : $0 }
        isGiven = given != nil
        if let text = named, text.hasPrefix("tcp://") { (endpoint, named) = (text, nil) }
        path = named.map { ($0 as NSString).expandingTildeInPath } ?? FarmPlace.defaultState(environment)
    }

    /// The endpoint that is given, or that ATELIER_FARM or the access file names, and the access; throws `UserError`.
    func address(_ connect: String?) throws -> CoordinatorAddress {
        do {
            let file = isFile ? path : KeyFolder.accessFile(in: path)
            let access = try AccessFile(at: file)
            return CoordinatorAddress(endpoint: connect ?? endpoint ?? access.clients, access: access, file: file)
        } catch {
            guard !isGiven, !exists else { throw UserError("\(error)") }
            throw UserError(
                "no farm is known here: give --farm a coordinator's state folder or an access file (atelier keys new)")
        }
    }

    /// Whether an endpoint was named instead of a place.
    var namesEndpoint: Bool { endpoint != nil }
    /// Whether anything lies there.
    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// Whether it is a file and no folder.
    var isFile: Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }

    /// The keys of a coordinator on this machine; throws `UserError` where there is none.
    func keys() throws -> KeyFolder {
        guard !isFile else {
            throw UserError(
                "\(path) is an access file; keys are changed on the coordinator's machine, in its state folder")
        }
        guard FileManager.default.fileExists(atPath: path) else {
            throw UserError("there is no coordinator's state at \(path); name it with --farm")
        }
        guard KeyFolder.isState(path) else {
            throw UserError(
                "no coordinator has run in \(path): start one there first, or name another folder with --farm")
        }
        do { return try KeyFolder(stateFolder: path) } catch { throw UserError("\(error)") }
    }

    /// `atelier/farm` in the user's state.
    static func defaultState(_ environment: [String: String]) -> String { stateHome(environment) + "/atelier/farm" }

    /// Where a user's programs keep their state: `$XDG_STATE_HOME`, or `.local/state` in the home folder.
    static func stateHome(_ environment: [String: String]) -> String {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state }
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        return home + "/.local/state"
    }
}

/// Turns errors about keys into the user's.
func forUser<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as KeyError { throw UserError("\(error)") }
}
