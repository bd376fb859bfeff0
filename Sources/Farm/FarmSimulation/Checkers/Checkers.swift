internal import FarmCoordinator
internal import FarmModel

/// All that watches a simulated world, and what it has found wrong.
///
/// Each checker sees only messages, records and the passing of time; none looks into a machine.
struct Checkers {
    private(set) var violations: [String] = []
    private var acknowledgements = AcknowledgementChecker()
    private var publications = PublicationChecker()
    private var fence = FenceChecker()
    private var outbox = OutboxChecker()
    private var starvation = StarvationChecker()
    private var shares = FairShareChecker()

    mutating func require(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { violations.append(text()) }
    }

    mutating func report(_ violation: String?) {
        if let violation { violations.append(violation) }
    }

    // MARK: - The coordinator's side

    mutating func committed(_ records: [Record], _ ledger: Ledger) {
        for record in records { report(fence.committed(record)) }
        // The store notes its own contradictions; they end the run like any other violation.
        if let contradiction = ledger.contradictions.first { report(contradiction) }
    }

    /// A transaction gave out tasks, or ended them; hosts are the workers that nothing but their tasks keeps busy.
    mutating func shared(
        _ records: [Record], before: Ledger, after: Ledger, _ hosts: [WorkerID: Capabilities], slots: UInt32,
        at now: Instant
    ) {
        report(shares.committed(records, before: before, after: after, hosts, slots: slots, at: now))
    }

    mutating func sent(
        _ message: CoordinatorMessage, _ session: SessionID, to worker: WorkerID?, _ ledger: Ledger
    ) {
        report(acknowledgements.sent(message, to: worker, ledger))
        switch message {
        case .offer, .bye: starvation.busy(session)
        default: break
        }
    }

    mutating func replied(_ reply: ClientReply, _ ledger: Ledger) { report(acknowledgements.replied(reply, ledger)) }

    mutating func published(_ attempt: TaskAttempt, _ ledger: Ledger) {
        report(publications.published(attempt, ledger))
    }

    mutating func ready(_ session: SessionID, of worker: WorkerID, free: UInt32, at now: Instant) {
        starvation.ready(session, of: worker, free: free, at: now)
    }

    mutating func coordinatorRestarted() { starvation.restarted() }

    // MARK: - The workers' side

    mutating func heard(_ message: CoordinatorMessage, by host: Int) { outbox.heard(message, by: host) }

    mutating func lostOutput(of attempt: TaskAttempt, on host: Int) { outbox.lostOutput(of: attempt, on: host) }

    mutating func ended(_ entry: OutboxEntry, on worker: WorkerID) { fence.ended(entry, on: worker) }

    mutating func forgot(_ entry: OutboxEntry, on host: Int, _ ledger: Ledger) {
        report(outbox.forgot(entry, on: host, ledger))
    }

    // MARK: - Time

    mutating func audit(_ ledger: Ledger, _ hosts: [WorkerID: Capabilities], slots: UInt32, at now: Instant) {
        report(starvation.audit(ledger, hosts, slots: slots, at: now))
    }
}
