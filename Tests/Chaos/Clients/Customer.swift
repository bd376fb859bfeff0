import FarmModel

/// Whoever submits jobs: asks until it has an answer, asks some things twice, and remembers what it was promised.
actor Customer {
    /// A job and what is known of it.
    struct Order: Sendable {
        let spec: JobSpec
        let key: Digest
        /// Its number, once the coordinator has promised it.
        var job: JobID?
        var status: JobStatus?
        /// Somebody asked for its end.
        var isCancelled = false

        var isOpen: Bool { !(status?.isEnded ?? false) }
    }

    private let endpoint: String
    private let state: String
    private let run: String
    private var client: FarmClient?
    private(set) var orders: [Order] = []
    /// What is to be told to the coordinator, until it has answered.
    private var commands: [(message: ClientMessage, order: Int?)] = []
    /// Promises that were broken.
    private(set) var violations: [String] = []
    /// Answers that were refusals, by reason.
    private(set) var refusals: [String: Int] = [:]
    /// Questions without an answer.
    private(set) var unanswered = 0
    private(set) var resubmitted = 0

    /// `state` is the coordinator's state folder, where the keys for it are.
    init(endpoint: String, state: String, run: String) {
        self.endpoint = endpoint
        self.state = state
        self.run = run
    }

    /// Orders another job.
    func order(_ spec: JobSpec) {
        orders.append(Order(spec: spec, key: Workload.key(of: spec, run: run)))
    }

    /// Says something to the coordinator as soon as it listens.
    func tell(_ message: ClientMessage) { commands.append((message, nil)) }

    /// Asks for the end of a job that is open; false if there is none.
    func cancelOne(_ dice: Dice) -> String? {
        var dice = dice
        guard let index = dice.pick(openJobs), let job = orders[index].job else { return nil }
        orders[index].isCancelled = true
        commands.append((.command(.cancel, job), index))
        return orders[index].spec.name
    }

    /// Pauses a job that is open; its number.
    func pauseOne(_ dice: Dice) -> JobID? {
        var dice = dice
        guard let index = dice.pick(openJobs), let job = orders[index].job else { return nil }
        commands.append((.command(.pause, job), nil))
        return job
    }

    /// Queues failed tasks again; how many jobs have any.
    func retryFailed() -> Int {
        var count = 0
        for index in orders.indices where !orders[index].isCancelled {
            guard let job = orders[index].job, let status = orders[index].status, status.isEnded,
                status.succeeded < status.total
            else { continue }
            orders[index].status = nil
            commands.append((.command(.retryFailed, job), index))
            count += 1
        }
        return count
    }

    /// Talks to the coordinator until the task is cancelled.
    func work() async {
        while !Task.isCancelled {
            do {
                try await talk()
                try? await Task.sleep(for: .milliseconds(250))
            } catch {
                if let refusal = error as? FarmClient.Refused {
                    refusals[refusal.description, default: 0] += 1
                } else {
                    unanswered += 1
                }
                await client?.close()
                client = nil
                try? await Task.sleep(for: .milliseconds(300))
            }
        }
        await client?.close()
        client = nil
    }

    // MARK: - Parts

    private var openJobs: [Int] {
        orders.indices.filter { orders[$0].job != nil && orders[$0].isOpen && !orders[$0].isCancelled }
    }

    private func talk() async throws {
        let client = try await connected()
        for index in orders.indices where orders[index].job == nil { try await submit(index, client) }
        while let command = commands.first {
            do {
                _ = try await client.ask(command.message)
            } catch let refusal as FarmClient.Refused {
                refusals[refusal.description, default: 0] += 1
            }
            commands.removeFirst()
            if let order = command.order { orders[order].status = nil }
        }
        for index in orders.indices where orders[index].isOpen {
            guard let job = orders[index].job else { continue }
            guard case .status(let all) = try await client.ask(.query(.job(job))), let status = all.first else {
                violations.append("\(orders[index].spec.name): \(job) was promised and is not known any more")
                continue
            }
            check(status, of: orders[index])
            orders[index].status = status
        }
    }

    private func connected() async throws -> FarmClient {
        if let client { return client }
        let new = try await FarmClient(to: endpoint, state: state)
        client = new
        return new
    }

    private func submit(_ index: Int, _ client: FarmClient) async throws {
        let order = orders[index]
        guard case .submitted(let job, _) = try await client.ask(.submit(order.spec, key: order.key)) else { return }
        orders[index].job = job
        // Every third is sent twice, as by a client that did not hear the answer.
        guard index % 3 == 0 else { return }
        guard case .submitted(let again, let isNew) = try await client.ask(.submit(order.spec, key: order.key)) else {
            return
        }
        resubmitted += 1
        if again != job || isNew {
            violations.append("\(order.spec.name): submitted twice, it became \(job) and \(again)")
        }
    }

    /// Counts never fall but by a command, and add up.
    private func check(_ status: JobStatus, of order: Order) {
        let sum = status.waiting + status.running + status.succeeded + status.failed + status.cancelled
        if sum != status.total || Int(status.total) != order.spec.taskCount {
            violations.append("\(order.spec.name): \(status.total) tasks, but the states add up to \(sum)")
        }
        if let before = order.status, before.succeeded > status.succeeded {
            violations.append(
                "\(order.spec.name): \(before.succeeded) tasks had succeeded, now \(status.succeeded) have")
        }
    }
}
