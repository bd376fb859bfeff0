internal import DequeModule
public import FarmModel
internal import OrderedCollections

extension WorkerMachine {
    /// Traps with a text if the state contradicts itself; for tests and simulations.
    ///
    /// - An attempt runs or is in the outbox, never both, and no slot is used twice.
    /// - No two attempts of one task run.
    /// - Every phase has a deadline, and so has whatever waits for the disk; nothing overdue was left undone.
    public func checkInvariants() {
        do { try proveInvariants() } catch { preconditionFailure(error.description) }
    }

    /// The same, but throws the text: a simulation goes on to say how it came to that.
    public func proveInvariants() throws(BrokenInvariant) {
        try BrokenInvariant.unless(effects.isEmpty, "\(effects.count) effects were not handed out")
        let both = runs.keys.filter { outbox[$0] != nil }
        try BrokenInvariant.unless(both.isEmpty, "\(both) run and have ended")
        try BrokenInvariant.unless(
            runs.count <= Int(configuration.slots), "\(runs.count) attempts in \(configuration.slots) slots")
        try BrokenInvariant.unless(Set(runs.keys.map(\.task)).count == runs.count, "two attempts of one task run")
        for (attempt, report) in outbox {
            try BrokenInvariant.unless(
                (report.keepingDeadline ?? .init(milliseconds: .max)) > now, "the end of \(attempt) was to be kept")
        }
        for (attempt, run) in runs {
            try BrokenInvariant.unless(
                run.due != nil || run.lastStep != nil, "\(attempt) waits for its engine without end")
            try BrokenInvariant.unless(
                (run.due ?? .init(milliseconds: .max)) > now, "the disk was to have done its part for \(attempt)")
            try BrokenInvariant.unless(
                run.pending == nil || run.saving != nil, "a checkpoint of \(attempt) waits behind none")
            try BrokenInvariant.unless(
                (run.pending?.iteration ?? .max) > run.saving?.checkpoint.iteration ?? 0,
                "an older checkpoint of \(attempt) waits behind a newer one")
            guard let suspension = run.suspension else { continue }
            try BrokenInvariant.unless(!run.isDetached, "\(attempt) is detached and suspended")
            try BrokenInvariant.unless(suspension.deadline > now, "\(attempt) was to be back")
            try BrokenInvariant.unless(
                !suspension.isStopped || run.saving != nil, "\(attempt) has stopped and is not returned")
        }
        try BrokenInvariant.unless((rest?.until ?? .init(milliseconds: .max)) > now, "the disk was to be looked at")
        if let drain, phase != .exited, drain.mode == .immediate {
            try BrokenInvariant.unless(runs.isEmpty, "\(runs.count) attempts run although it leaves at once")
        }
        try BrokenInvariant.unless(
            pings.count <= WorkerLimits.unansweredPings, "\(pings.count) pings without an answer")
        try BrokenInvariant.unless(zip(pings, pings.dropFirst()).allSatisfy { $0 <= $1 }, "the pings are out of order")
        try BrokenInvariant.unless(pings.allSatisfy { $0 <= now }, "a ping left in the future")
        try BrokenInvariant.unless((contactLost ?? now) <= now, "contact was lost in the future")
        switch phase {
        case .idle, .exited: break
        case .offline, .helloSent, .reconciling, .active, .suspect:
            guard let nextDeadline else { throw BrokenInvariant("\(phase) has no deadline") }
            try BrokenInvariant.unless(nextDeadline > now, "\(phase) was due at \(nextDeadline), it is \(now)")
        }
        switch phase {
        case .idle: try BrokenInvariant.unless(runs.isEmpty, "something runs before the start")
        case .active:
            try BrokenInvariant.unless(contactLost == nil, "an active worker has contact")
            try BrokenInvariant.unless(
                declaredFree == free, "\(free) slots are free, \(declaredFree ?? 0) were declared")
            let waiting = outbox.values.filter { $0.next == nil && $0.keepingDeadline == nil }
            try BrokenInvariant.unless(waiting.isEmpty, "\(waiting.count) reports were not sent")
            try BrokenInvariant.unless(
                runs.values.allSatisfy { $0.saving == nil || $0.saving?.next != nil }, "a checkpoint was not sent")
        case .suspect: try BrokenInvariant.unless(contactLost == nil, "a suspicious worker has contact")
        case .offline, .helloSent: try BrokenInvariant.unless(pings.isEmpty, "pings wait without a session")
        case .reconciling, .exited: break
        }
    }
}
