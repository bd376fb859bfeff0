import FarmCoordinator
public import FarmModel
import FarmStore
import Foundation
import Synchronization

/// A farm whose coordinator does not run, asked and changed in its state folder.
///
/// The same machine answers from the same records, so whatever is decided here is what a running coordinator would have
/// decided; it finds the records at its next start. The folder is locked meanwhile.
public final class StoredFarm: Sendable {
    private let store: FarmStore
    private let coordinator: Mutex<Coordinator>

    /// Another process uses the folder.
    public struct InUse: Error, CustomStringConvertible {
        /// Where it answers clients, if it has said so.
        public let clients: String?
        /// What the store says.
        public let description: String
    }

    /// Opens the folder of a farm; this is no start of a coordinator and is not counted as one.
    ///
    /// Throws ``InUse`` if a coordinator has it, else one-line errors.
    public init(folder: String) throws {
        guard FileManager.default.fileExists(atPath: "\(folder)/farm.sqlite") else {
            throw StoreError(
                .notFound, what: "no farm is kept here", at: folder, hint: "name the --state folder of a coordinator")
        }
        do {
            store = try FarmStore(folder: folder, isStart: false)
        } catch let error as StoreError {
            guard case .locked = error.reason else { throw error }
            throw InUse(clients: EndpointsFile.read(in: folder)?.clients, description: "\(error)")
        }
        let machine = Coordinator(
            configuration: .init(), recovering: try store.load(), at: Instant(milliseconds: 0))
        coordinator = Mutex(machine)
    }

    /// Answers a client, and records what the answer rests on first.
    ///
    /// Throws `StoreError` if it cannot be recorded: then nothing was changed.
    public func answer(_ message: ClientMessage) throws -> ClientReply {
        let wall = WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let effects = coordinator.withLock {
            $0.handle(.clientSaid(message, route: Route([])), at: Instant(milliseconds: 0), wall: wall)
        }
        var reply = ClientReply.refused("nobody answers that in a state folder; start the coordinator")
        for effect in effects {
            switch effect {
            case .persist(let records): try store.commit(records)
            case .reply(let said, _): reply = said
            default: break
            }
        }
        return reply
    }

    /// Gives the folder free.
    public func close() async { try? store.close() }
}
