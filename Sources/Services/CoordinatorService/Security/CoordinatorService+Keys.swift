import FarmCoordinator
public import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Logging

extension CoordinatorService {
    /// Where the keys come from.
    public enum Identity: Sendable {
        /// The folder `keys` in the state folder, made at the first start.
        case kept
        /// Made for this run and never written by the service: a local farm.
        case throwAway
    }

    /// Admits a worker to a farm with keys of one run: what that worker is to be given, in a file of mode 0600.
    public func admit(worker name: String) throws -> AccessFile { try identity.admit(worker: name, at: endpoints) }

    /// Looks after the files of keys until cancelled: who lost the right to speak is out at once.
    func watchKeys() async {
        while (try? await Task.sleep(for: Limits.keysInterval)) != nil {
            for principal in identity.refresh() { await expel(principal) }
        }
    }

    /// Ends the live session of a worker whose key was revoked; what it held is free.
    private func expel(_ principal: Principal) async {
        logger.notice("a key was revoked", metadata: ["name": "\(principal.name)", "key": "\(principal.key)"])
        guard let live = ports.sessions.end(principal.key) else { return }
        await ports.control.send(
            .coordinator(.bye(reason: "the key of this worker was revoked")), to: live.route, session: live.session)
        // Not an offer: a full mailbox must not keep what the worker held.
        plannerMailbox.append(
            .event(
                .workerSaid(
                    .bye(reason: "its key was revoked"), session: live.session, route: live.route, missingBlobs: [])))
    }
}
