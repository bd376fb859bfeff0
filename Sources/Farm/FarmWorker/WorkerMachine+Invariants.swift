internal import DequeModule
internal import FarmModel
internal import OrderedCollections

extension WorkerMachine {
    /// Traps with a text if the state contradicts itself; for tests and simulations.
    ///
    /// - An attempt runs or is in the outbox, never both, and no slot is used twice.
    /// - No two attempts of one task run.
    /// - Every phase has a deadline, and nothing overdue was left undone.
    public func checkInvariants() {
        precondition(effects.isEmpty, "\(effects.count) effects were not handed out")
        let both = runs.keys.filter { outbox[$0] != nil }
        precondition(both.isEmpty, "\(both) run and have ended")
        precondition(runs.count <= Int(configuration.slots), "\(runs.count) attempts in \(configuration.slots) slots")
        precondition(Set(runs.keys.map(\.task)).count == runs.count, "two attempts of one task run")
        precondition(pings.count <= WorkerLimits.unansweredPings, "\(pings.count) pings without an answer")
        precondition(zip(pings, pings.dropFirst()).allSatisfy { $0 <= $1 }, "the pings are out of order")
        precondition(pings.allSatisfy { $0 <= now }, "a ping left in the future")
        precondition((contactLost ?? now) <= now, "contact was lost in the future")
        switch phase {
        case .idle, .exited: break
        case .offline, .helloSent, .reconciling, .active, .suspect:
            guard let nextDeadline else { preconditionFailure("\(phase) has no deadline") }
            precondition(nextDeadline > now, "\(phase) was due at \(nextDeadline), it is \(now)")
        }
        switch phase {
        case .idle: precondition(runs.isEmpty, "something runs before the start")
        case .active:
            precondition(contactLost == nil, "an active worker has contact")
            precondition(declaredFree == free, "\(free) slots are free, \(declaredFree ?? 0) were declared")
            let waiting = outbox.values.filter { $0.next == nil }
            precondition(waiting.isEmpty, "\(waiting.count) reports were not sent")
        case .suspect: precondition(contactLost == nil, "a suspicious worker has contact")
        case .offline, .helloSent: precondition(pings.isEmpty, "pings wait without a session")
        case .reconciling, .exited: break
        }
    }
}
