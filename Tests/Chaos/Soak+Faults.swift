import FarmModel
import FarmStore
import Foundation
import Glibc

// What is done to the farm, and how it is undone.
extension Soak {
    /// Draws a fault until one can be done, and does it.
    func strike(_ weight: (Fault) -> Double) async throws {
        let faults = Fault.allCases.map { (element: $0, weight: weight($0)) }
        for _ in 0..<12 {
            guard let fault = dice.pick(weighted: faults) else { return }
            switch try await commit(fault) {
            case nil: continue
            case .done(let victim)?:
                tally.count(fault)
                say("\(fault.rawValue)\(victim.isEmpty ? "" : ": \(victim)")")
            case .armed(let node)?:
                // The death that arms a place counts by itself; the one at the place is counted when it happens.
                tally.count(node.role == .worker ? .workerKilled : .coordinatorKilled)
                say("\(node.name) killed, to die again at \(node.nextFailPoint ?? "")")
            }
            return
        }
    }

    /// What became of a fault.
    private enum Deed {
        /// It happened, to whom.
        case done(String)
        /// A node was killed so that it starts with an armed place.
        case armed(Node)
    }

    /// SIGKILL; back after a moment, now and then after longer.
    func kill(_ node: Node) {
        node.kill(backAfter: dice.chance(0.15) ? dice.seconds(3...10) : dice.seconds(0...1.5))
    }

    /// Does one thing; nil if it cannot be done now, otherwise to whom.
    private func commit(_ fault: Fault) async throws -> Deed? {
        switch fault {
        case .workerKilled, .workerRenamed, .workerReplaced, .workerFailPoint, .workerTerminated, .workerStopped,
            .workerAway, .workerDrained:
            guard let node = dice.pick(workers.filter { $0.isRunning && !$0.isKilled }) else { return nil }
            return harm(node, fault)
        case .coordinatorKilled, .coordinatorFailPoint, .coordinatorTerminated, .coordinatorStopped:
            guard coordinator.isRunning, !coordinator.isKilled, coordinator.armed == nil else { return nil }
            return harm(coordinator, fault)
        case .engineKilled, .engineCrashed, .engineStopped:
            return harmEngine(fault)
        case .connectionsDropped, .connectionsHalfClosed, .connectionsStalled, .connectionsDelayed, .networkSplit:
            return harmNetwork(fault)
        case .coordinatorDiskFull, .workerDiskFull:
            return fillDisk(fault)
        case .jobCancelled:
            return await customer.cancelOne(Dice(seed: dice.next())).map { .done($0) }
        case .jobPaused:
            guard let job = await customer.pauseOne(Dice(seed: dice.next())) else { return nil }
            remedies.append((.now + dice.seconds(1...8), { [customer] in await customer.tell(.command(.resume, job)) }))
            return .done("\(job)")
        }
    }

    private func harm(_ node: Node, _ fault: Fault) -> Deed? {
        switch fault {
        case .workerRenamed:
            kill(node)
            node.name = "w\(dice.number(100...9_999_999))"
        case .workerReplaced:
            guard lost.count < 8, node !== workers.first else { return nil }
            kill(node)
            node.startAt = nil
            node.isRetired = true
            lost.append(node)
            let name = "w\(dice.number(100...9_999_999))"
            let other = worker(name, folder: "worker-\(name)")
            other.startAt = .now + dice.seconds(0...2)
            workers.removeAll { $0 === node }
            workers.append(other)
        case .workerFailPoint, .coordinatorFailPoint:
            let points = FailPoint.allCases.filter { $0.isOfWorker == (node.role == .worker) }
            guard let point = dice.pick(points) else { return nil }
            node.nextFailPoint = "\(point.rawValue):\(dice.chance(0.5) ? 1 : dice.number(1...6))"
            kill(node)
            return .armed(node)
        case .workerTerminated, .coordinatorTerminated:
            guard node.armed == nil else { return nil }
            node.terminate()
        case .workerStopped: node.stop(for: dice.seconds(0.2...3))
        case .workerAway: node.stop(for: dice.seconds(11...20))
        case .coordinatorStopped: node.stop(for: dice.seconds(0.5...8))
        case .workerDrained:
            guard let worker = WorkerID(node.name), let mode = dice.pick(DrainMode.allCases) else { return nil }
            let customer = customer
            remedies.append((.now, { await customer.tell(.workerCommand(.drain(mode), worker)) }))
            remedies.append(
                (.now + dice.seconds(2...8), { await customer.tell(.workerCommand(.resume, worker)) }))
            node.mayLeave = true
            drained.insert(node.name)
            return .done("\(node.name), \(mode.rawValue)")
        default: kill(node)
        }
        return .done(node.name)
    }

    private func harmEngine(_ fault: Fault) -> Deed? {
        let engines = workers.compactMap { node -> (Node, pid_t)? in
            guard node.isRunning, let process = node.process else { return nil }
            return ProcessTable.engines(of: process.identifier).first.map { (node, $0) }
        }
        guard let (node, engine) = dice.pick(engines) else { return nil }
        switch fault {
        case .engineStopped:
            Glibc.kill(engine, SIGSTOP)
            remedies.append(
                (
                    .now + dice.seconds(1...8),
                    { [run] in
                        // The number may belong to another process by now.
                        if ProcessTable.marked(run).contains(engine) { Glibc.kill(engine, SIGCONT) }
                    }
                ))
        // One that no handler catches: a crash handler returns from a SIGSEGV that was only sent.
        case .engineCrashed: Glibc.kill(engine, SIGSYS)
        default: Glibc.kill(engine, SIGKILL)
        }
        return .done("of \(node.name)")
    }

    private func harmNetwork(_ fault: Fault) -> Deed {
        let share = dice.chance(0.3) ? 1 : 0.4
        let side: ProxyFault.Side = dice.chance(0.5) ? .client : .server
        switch fault {
        case .connectionsDropped: proxy.begin(.drop(share: share))
        case .connectionsHalfClosed: proxy.begin(.halfClose(share: share, towards: side))
        case .connectionsStalled: proxy.begin(.stall(share: share, towards: side, dice.seconds(1...15)))
        case .connectionsDelayed:
            proxy.begin(.delay(share: share, by: dice.seconds(0.05...1.5), for: dice.seconds(2...15)))
        default: proxy.begin(.split(dice.seconds(1...12)))
        }
        return .done("")
    }

    private func fillDisk(_ fault: Fault) -> Deed? {
        guard let volume = fault == .coordinatorDiskFull ? farmVolume : workerVolume else { return nil }
        let duration = dice.seconds(1...6)
        volume.fill()
        // Whoever starts while it is full takes some seconds to notice.
        let end = ContinuousClock.now + duration + .seconds(5)
        if fault == .coordinatorDiskFull { diskFullUntil = end } else { workerDiskFullUntil = end }
        remedies.append((.now + duration, { volume.empty() }))
        return .done("")
    }
}
