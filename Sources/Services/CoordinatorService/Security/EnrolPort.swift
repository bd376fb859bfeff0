import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Logging

/// The port where nodes knock that hold a join file: it checks their proofs and admits their keys.
///
/// It has a thread of its own and may wait for the disk there: nobody is told that a key is admitted before it is
/// durable.
actor EnrolPort {
    private let loop: SocketLoop
    private let mailbox: Mailbox<Inbound>
    private let router: FrameRouter
    private let identity: CoordinatorIdentity
    private let logger: Logger
    private var refusals = RefusalLog()
    private let clock = MonotonicClock()

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(
        on loop: SocketLoop, mailbox: Mailbox<Inbound>, router: FrameRouter, identity: CoordinatorIdentity,
        logger: Logger
    ) {
        self.loop = loop
        self.mailbox = mailbox
        self.router = router
        self.identity = identity
        self.logger = logger
    }

    /// Works until the mailbox is finished.
    func run() async {
        while true {
            let batch = await mailbox.next(upTo: Limits.batch)
            if batch.isEmpty { return }
            for case .frame(let frame, let route) in batch {
                guard case .newcomer(let message) = frame.body else { continue }
                await router.send(.enrolReply(answer(to: message)), to: route, session: .none)
            }
        }
    }

    private func answer(to message: EnrolMessage) -> EnrolReply {
        guard let key = PublicKey(bytes: message.key) else { return .refused("this is no key") }
        let request = EnrolRequest(
            token: message.token, key: key, name: message.name.name, nonce: message.nonce, proof: message.proof)
        do {
            switch try identity.enrol(request) {
            case .success(let principal):
                guard let name = WorkerID(principal.name) else { return .refused("its name is no worker's") }
                logger.notice(
                    "a node has joined",
                    metadata: ["name": "\(name)", "key": "\(key)", "token": "\(message.token)"])
                return .enrolled(name: name, pool: principal.pool ?? "")
            case .failure(let refusal):
                note(refusal, message.name, key)
                return .refused(refusal.advice)
            }
        } catch {
            logger.error("cannot admit a node", metadata: ["error": "\(error)"])
            return .refused("the coordinator cannot store the key; its log says why")
        }
    }
}

extension EnrolPort {
    /// Anybody may knock, so the log has a line for each key and reason, and only so many of them.
    private func note(_ refusal: EnrolRefusal, _ name: WorkerID, _ key: PublicKey) {
        guard let untold = refusals.hear("\(key) \(refusal.rawValue)", at: clock.now) else { return }
        var metadata: Logger.Metadata = ["name": "\(name)", "key": "\(key)", "reason": "\(refusal.rawValue)"]
        if untold > 0 { metadata["others"] = "\(untold)" }
        logger.warning("refused a newcomer", metadata: metadata)
    }
}
