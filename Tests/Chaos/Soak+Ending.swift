import FarmModel
import Foundation
import Glibc

// The end of a run: everything is healed, everything open has to end, then the reckoning.
extension Soak {
    /// Undoes all faults and waits until every job has ended and every worker has delivered what it holds.
    func heal() async throws {
        say("healing")
        proxy.begin(.heal)
        farmVolume?.empty()
        workerVolume?.empty()
        for remedy in remedies { await remedy.action() }
        remedies = []
        for identifier in ProcessTable.marked(run) { Glibc.kill(identifier, SIGCONT) }
        for node in [coordinator] + workers + lost {
            node.nextFailPoint = nil
            node.isRetired = false
            node.continueAt = nil
            if !node.isRunning { node.startAt = .now }
        }
        for node in workers + lost {
            if let worker = WorkerID(node.name) { await customer.tell(.workerCommand(.forgive, worker)) }
        }
        try await waitForJobs()
        try await waitForOutboxes()
        say("stopping")
        for node in workers + lost { try await leave(node) }
        try await leave(coordinator)
    }

    private func waitForJobs() async throws {
        let begin = ContinuousClock.now
        let open = await customer.orders.filter(\.isOpen)
        let tasks = open.reduce(0) { $0 + $1.spec.taskCount }
        let limit = begin + .seconds(Limits.healSeconds + 2 * Double(tasks))
        var rounds = 0
        while true {
            for _ in 0..<10 { try await turn() }
            if Interruption.happened { throw Interruption() }
            let orders = await customer.orders
            guard ContinuousClock.now < limit else {
                let late = orders.filter(\.isOpen)
                for order in late.prefix(5) {
                    let counts = order.status.map { "\($0.waiting) wait, \($0.running) run" } ?? "no answer"
                    tally.violate("\(order.spec.name) has not ended: \(counts)")
                }
                return
            }
            guard !orders.contains(where: \.isOpen) else { continue }
            let failed = await customer.retryFailed()
            if failed == 0 { return }
            rounds += 1
            tally.note("jobs with tasks that had failed for good, queued again", failed)
            guard rounds <= Limits.retryRounds else { return }
        }
    }

    private func waitForOutboxes() async throws {
        let limit = ContinuousClock.now + .seconds(90)
        while ContinuousClock.now < limit {
            for _ in 0..<5 { try await turn() }
            if (workers + lost).allSatisfy({ outbox(of: $0).isEmpty }) { return }
        }
        for node in workers + lost where !outbox(of: node).isEmpty {
            tally.violate("\(node.name) still holds \(outbox(of: node)) in its outbox")
        }
    }

    private func outbox(of node: Node) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: node.folder + "/outbox")) ?? []
        return names.filter { $0 != "lock" }.sorted()
    }

    /// SIGTERM, and SIGKILL with a complaint for one that does not leave.
    private func leave(_ node: Node) async throws {
        node.isRetired = true
        node.startAt = nil
        node.terminate()
        guard let process = node.process else { return }
        if await !process.waitForEnd(seconds: Limits.terminationSeconds) {
            tally.violate("\(node.name) has not ended \(Int(Limits.terminationSeconds)) s after SIGTERM")
            process.signal(SIGKILL)
            _ = await process.waitForEnd(seconds: 5)
        }
        if let ending = node.takeEnding(), ending != .exited(0), ending != .killed(SIGKILL) {
            tally.violate("\(node.name) left with \(ending): \(lastWords(of: node))")
        }
    }

    /// Checks everything that is left on the disk and in the table of processes.
    func reckon() async throws -> Report {
        say("checking")
        let orders = await customer.orders
        tally.violate(await customer.violations)
        for (reason, count) in await customer.refusals { tally.note("refused: \(reason)", count) }
        tally.note("questions without an answer", await customer.unanswered)
        tally.note("jobs submitted twice", await customer.resubmitted)

        var left = ProcessTable.marked(run)
        for _ in 0..<50 where !left.isEmpty {
            try? await Task.sleep(for: .milliseconds(100))
            left = ProcessTable.marked(run)
        }
        for identifier in left {
            tally.violate("left behind: process \(ProcessTable.description(of: identifier))")
        }
        // Before the database is opened, which makes files of its own.
        tally.violate(FolderCheck.strangers(in: state))
        let records = try RecordCheck(state: state).run(orders)
        tally.violate(records.violations)
        let outputs = OutputCheck(output: output, records: records.artifacts).run(orders, jobs: records.jobNames)
        tally.violate(outputs.violations)
        let folders = FolderCheck(
            state: state, workers: (workers + lost).map(\.folder), needed: records.blobs)
        let layout = folders.run()
        tally.violate(layout.violations)
        for (text, count) in records.notes.merging(outputs.notes, uniquingKeysWith: +)
            .merging(layout.notes, uniquingKeysWith: +)
        { tally.note(text, count) }
        if samples.memoryGrowth > Limits.memoryGrowth {
            tally.violate("the coordinator's memory grew by \(Int(samples.memoryGrowth)) MiB")
        }
        if samples.descriptorGrowth > Limits.descriptorGrowth {
            tally.violate("the coordinator's descriptors grew by \(Int(samples.descriptorGrowth))")
        }
        let report = Report(
            self, jobs: orders.count, tasks: records.tasks, attempts: records.attempts,
            files: outputs.files, samples: samples)
        if !tally.violations.isEmpty, farmVolume != nil {
            // What lies on the volume goes with it.
            try? FileManager.default.copyItem(atPath: options.folder + "/farm", toPath: options.folder + "/evidence")
        }
        await killEverything()
        return report
    }
}
