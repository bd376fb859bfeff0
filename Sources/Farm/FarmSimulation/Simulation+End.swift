internal import FarmCoordinator
internal import FarmModel
internal import OrderedCollections

// The end: what has to be true once the world has healed.
extension Simulation {
    /// Whether all jobs have ended and nobody owes anything.
    var isAtRest: Bool {
        guard clients.allSatisfy(\.isContent), hasSettled, let machine = coordinator.machine, coordinator.pending == nil
        else { return false }
        // What failed last of all is yet to be tried again.
        return workers.allSatisfy { $0.engine.isEmpty && $0.disk.isEmpty }
            && machine.status(of: nil).allSatisfy(\.isEnded) && jobWantedAfterAll == nil
    }

    /// Why the world is not at rest.
    var unrest: String {
        var reasons: [String] = []
        for client in clients where !client.isContent { reasons.append("client \(client.number) was not answered") }
        for worker in workers where !worker.isGone {
            if !worker.engine.isEmpty { reasons.append("worker \(worker.number) runs \(worker.engine.keys)") }
            if !worker.disk.isEmpty { reasons.append("worker \(worker.number) owes \(worker.disk.keys)") }
        }
        let open = coordinator.machine?.status(of: nil).filter { !$0.isEnded } ?? []
        reasons += open.map { "\($0)" }
        return reasons.joined(separator: "; ")
    }

    /// What is wrong with the world at rest.
    mutating func checkTheEnd() {
        guard let machine = coordinator.machine else { return }
        checkers.report(RecoveryChecker.difference(machine, ledger, configuration, at: now))
        checkers.require(
            ledger.jobs.count == options.jobs.count,
            "\(options.jobs.count) jobs were submitted, \(ledger.jobs.count) kept")
        for (id, job) in ledger.jobs {
            let succeeded = job.steps.reduce(0) { $0 + $1.succeeded }
            let mayFail = !options.isPatient && !options.clients.retriesAtTheEnd
            if job.isCancelled || (mayFail && job.hasFailures) { continue }
            checkers.require(
                Int(succeeded) == job.spec.taskCount, "\(succeeded) results of \(job.spec.taskCount) tasks of \(id)")
        }
    }
}
