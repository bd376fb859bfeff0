import FarmCoordinator
public import FarmModel
import FarmStore
import Foundation
import Synchronization

/// A farm whose coordinator does not run, asked and changed in its state folder.
///
/// The same machine answers from the same records, so whatever is decided here is what a running coordinator would have
/// decided; it finds the records at its next start. Questions change nothing in the folder, not even tables of an
/// earlier version; the first change opens it as a coordinator would, and it stays locked then.
public final class StoredFarm: Sendable {
    private struct State {
        var coordinator: Coordinator
        /// Open once something was changed.
        var store: FarmStore?
    }

    private let folder: String
    private let state: Mutex<State>

    /// Another process uses the folder.
    public struct InUse: Error, CustomStringConvertible {
        /// Where it answers clients, if it has said so.
        public let clients: String?
        /// What the store says.
        public let description: String
    }

    /// What a check of all stored files found.
    public struct Soundness: Sendable {
        /// Files that are what their names say.
        public let sound: Int
        /// Their octets.
        public let bytes: Int64
        /// Files that were not and lie in `damaged` now.
        public let damaged: [Digest]
    }

    /// Reads the folder of a farm; this is no start of a coordinator and is not counted as one.
    ///
    /// Throws ``InUse`` if a coordinator has it, else one-line errors.
    public init(folder: String) throws {
        guard FileManager.default.fileExists(atPath: "\(folder)/farm.sqlite") else {
            throw StoreError(
                .notFound, what: "no farm is kept here", at: folder, hint: "name the --state folder of a coordinator")
        }
        self.folder = folder
        let snapshot = try Self.unlessInUse(folder) { try FarmStore.look(at: folder) }
        state = Mutex(State(coordinator: Self.machine(on: snapshot)))
    }

    /// Answers a client, and records what the answer rests on first.
    ///
    /// Throws ``InUse`` if a coordinator has started meanwhile, or `StoreError` if it cannot be recorded: then nothing
    /// was changed.
    public func answer(_ message: ClientMessage) throws -> ClientReply {
        try state.withLock { state in
            if state.store == nil {
                // What would be changed is decided once more on what is there when the folder is ours.
                var trial = state.coordinator
                let effects = Self.handle(message, &trial)
                if Self.records(of: effects).isEmpty { return Self.reply(in: effects) }
                let store = try Self.unlessInUse(folder) { try FarmStore(folder: folder, isStart: false) }
                state = State(coordinator: Self.machine(on: try store.load()), store: store)
            }
            let effects = Self.handle(message, &state.coordinator)
            try state.store?.commit(Self.records(of: effects))
            return Self.reply(in: effects)
        }
    }

    /// Compares every stored file with its name and moves those that are damaged aside.
    ///
    /// Throws ``InUse`` if a coordinator has the folder, or `StoreError` if a file cannot be read or moved.
    public static func checkFiles(in folder: String) throws -> Soundness {
        guard FileManager.default.fileExists(atPath: "\(folder)/farm.sqlite") else {
            throw StoreError(
                .notFound, what: "no farm is kept here", at: folder, hint: "name the --state folder of a coordinator")
        }
        let store = try unlessInUse(folder) { try FarmStore(folder: folder, isStart: false) }
        let check = try store.checkFiles()
        try store.close()
        return Soundness(sound: check.sound, bytes: check.bytes, damaged: check.damaged)
    }

    /// Gives the folder free.
    public func close() async {
        state.withLock { state in
            try? state.store?.close()
            state.store = nil
        }
    }

    // MARK: - Parts

    private static func unlessInUse<Value>(_ folder: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            guard case .locked = error.reason else { throw error }
            throw InUse(clients: EndpointsFile.read(in: folder)?.clients, description: "\(error)")
        }
    }

    private static func machine(on snapshot: Snapshot) -> Coordinator {
        Coordinator(configuration: .init(), recovering: snapshot, at: Instant(milliseconds: 0))
    }

    private static func handle(_ message: ClientMessage, _ coordinator: inout Coordinator) -> [Coordinator.Effect] {
        let wall = WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        return coordinator.handle(
            .clientSaid(message, route: Route([])), at: Instant(milliseconds: 0), wall: wall)
    }

    private static func records(of effects: [Coordinator.Effect]) -> [FarmModel.Record] {
        effects.flatMap { effect -> [FarmModel.Record] in
            if case .persist(let records) = effect { records } else { [] }
        }
    }

    private static func reply(in effects: [Coordinator.Effect]) -> ClientReply {
        for case .reply(let said, _) in effects.reversed() { return said }
        return .refused("nobody answers that in a state folder; start the coordinator")
    }
}
