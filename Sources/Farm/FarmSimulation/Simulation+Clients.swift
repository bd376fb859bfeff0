internal import FarmModel
internal import FarmProtocol
internal import OrderedCollections

// Clients: ask, repeat themselves until they are answered, and change their minds.
extension Simulation {
    /// A client's turn: what it says next, or once more.
    mutating func act(_ client: Int) {
        defer { agenda.add(.clientActs(client), at: after(random.around(options.clients.interval))) }
        if let pending = clients[client].pending { return say(pending, client) }
        if let last = clients[client].last, !isHealed, random.chance(options.clients.repetition) {
            return say(last, client)
        }
        guard let message = nextWish(of: client) else { return }
        clients[client].pending = message
        clients[client].last = message
        say(message, client)
    }

    private mutating func nextWish(of client: Int) -> ClientMessage? {
        if let wish = clients[client].jobs.first { return .submit(wish.spec, key: wish.key) }
        if isHealed { return finalWish(of: client) }
        guard clients[client].commands > 0, !ledger.jobs.isEmpty else { return nil }
        clients[client].commands -= 1
        return random.chance(250) ? anyWorkerCommand() : anyJobCommand()
    }

    /// Something about any job, also another client's.
    private mutating func anyJobCommand() -> ClientMessage {
        let job = ledger.jobs.keys[random.index(below: ledger.jobs.count)]
        switch random.index(below: 9) {
        case 0:
            return .query([.jobs, .job(job), .workers, .explain(TaskID(job: job, index: 0))][random.index(below: 4)])
        case 1: return .command(.cancel, job)
        case 2, 3: return .command(.retryFailed, job)
        case 4: return .command(.pause, job)
        case 5, 6: return .command(.resume, job)
        case 7: return .command(.setPriority(Int32(random.within(-2...2))), job)
        default:
            let count = UInt32(ledger.jobs[job]?.spec.taskCount ?? 1)
            return .command(.requeue([UInt32(random.within(0...Int64(count) - 1))]), job)
        }
    }

    /// Something about any worker, also one that is gone.
    private mutating func anyWorkerCommand() -> ClientMessage {
        let worker = workers[random.index(below: workers.count)].name
        switch random.index(below: 4) {
        case 0: return .workerCommand(.forgive, worker)
        case 1: return .workerCommand(.resume, worker)
        default: return .workerCommand(.drain(DrainMode.allCases[random.index(below: 4)]), worker)
        }
    }

    /// In the end whoever was sent away may work again, and everything is wanted after all in some worlds.
    private mutating func finalWish(of client: Int) -> ClientMessage? {
        guard client == 0, clients.allSatisfy({ $0.jobs.isEmpty }) else { return nil }
        if let worker = ledger.drains.keys.first { return .workerCommand(.resume, worker) }
        if let worker = ledger.blocks.keys.first { return .workerCommand(.forgive, worker) }
        if let job = ledger.jobs.first(where: { $0.value.isPaused })?.key { return .command(.resume, job) }
        if let job = jobWantedAfterAll { return .command(.retryFailed, job) }
        hasSettled = true
        return nil
    }

    /// A job that somebody will want to be tried again in the end.
    var jobWantedAfterAll: JobID? {
        guard options.clients.retriesAtTheEnd else { return nil }
        return ledger.jobs.first { $0.value.isCancelled || $0.value.hasFailures }?.key
    }

    private mutating func say(_ message: ClientMessage, _ client: Int) {
        let session: SessionID = if case .open = message { .none } else { SessionID(1) }
        send(.client(message), session, from: .client(client), connection: 0)
    }

    /// A client is answered.
    mutating func hear(_ reply: ClientReply, _ client: Int) {
        note("client \(client) hears \(reply)")
        switch (clients[client].pending, reply) {
        case (.submit(let spec, let key)?, .submitted(let job, _)):
            // A late answer to something said twice may be about another job.
            guard ledger.jobs[job]?.key == key else { return }
            checkers.require(ledger.jobs[job]?.spec == spec, "\(job) is not what was submitted")
            clients[client].known.append(job)
            clients[client].jobs.removeAll { $0.key == key }
        case (.submit?, .refused(let reason)): return checkers.report("a sound job was refused: \(reason)")
        case (.submit?, _): return
        case (nil, _), (_, .submitted): return
        default: break
        }
        clients[client].pending = nil
    }
}
