import FarmModel
import Foundation
import Glibc

/// One chaos run: a farm of real processes, jobs, faults drawn from a seed, healing, and the reckoning.
///
/// Everything is done by one task in turns of 50 ms; only the customer and the proxy work beside it.
final class Soak {
    /// What is asked for.
    struct Options: Sendable {
        var seed: UInt64
        var seconds: Double
        var kills: Int
        var workers: Int
        var program: String
        var folder: String
        /// Whether to render pictures beside the no-op tasks.
        var renders: Bool
        /// Whether to mount small volumes in memory and fill them, where this process may.
        var fillsDisks: Bool
        var isQuiet: Bool
    }

    let options: Options
    let run: String
    var dice: Dice
    var tally = Tally()
    var samples = Samples()
    let coordinator: Node
    var workers: [Node] = []
    /// Nodes that were replaced; they come back at the end with what they still hold.
    var lost: [Node] = []
    let proxy: Proxy
    let customer: Customer
    let start = ContinuousClock.now
    /// What ends a fault later.
    var remedies: [(due: ContinuousClock.Instant, action: () async -> Void)] = []
    var farmVolume: Volume?
    var workerVolume: Volume?
    /// Until when a coordinator may end because it cannot write.
    var diskFullUntil: ContinuousClock.Instant?
    /// Until when a worker may.
    var workerDiskFullUntil: ContinuousClock.Instant?
    var ordered = 0
    /// Workers that were drained by command once.
    var drained: Set<String> = []
    private var nextKill: ContinuousClock.Instant
    private var nextOther: ContinuousClock.Instant
    private var nextSample = ContinuousClock.now
    private var isHealing = false

    var state: String { farmFolder + "/state" }
    var output: String { farmFolder + "/output" }
    private var farmFolder: String { options.folder + "/farm" }
    private var logs: String { options.folder + "/logs" }

    init(_ options: Options) throws {
        self.options = options
        run = "\(getpid())-\(options.seed)"
        dice = Dice(seed: options.seed)
        nextKill = start + .seconds(2)
        nextOther = start + .seconds(3)
        try FileManager.default.createDirectory(atPath: options.folder + "/logs", withIntermediateDirectories: true)
        let port = try Loopback.freePorts(4, &dice)
        let proxy = try Proxy(to: [port, port + 1, port + 2], seed: options.seed ^ 0x50)
        self.proxy = proxy
        customer = Customer(
            endpoint: "tcp://127.0.0.1:\(proxy.ports[2])", state: options.folder + "/farm/state", run: run)
        coordinator = Node(.coordinator, name: "coordinator", folder: options.folder + "/farm/state")
        mountVolumes()
        coordinator.arguments = { [state, output] in
            [
                "coordinator", "--state", state, "--output", output, "--port", "\(port)", "--advertise-blobs",
                "tcp://127.0.0.1:\(proxy.ports[1])", "--heartbeat", "1", "--lease", "8", "--log-level", "warning",
            ]
        }
        for index in 0..<options.workers { workers.append(worker("w\(index)", folder: "worker-\(index)")) }
    }

    /// Runs to the end, whatever happens, and leaves no process behind.
    func work() async throws -> Report {
        let talking = Task { [customer] in await customer.work() }
        do {
            try begin(coordinator)
            for node in workers { try begin(node) }
            try await harass()
            try await heal()
        } catch {
            talking.cancel()
            await killEverything()
            throw error
        }
        talking.cancel()
        await talking.value
        await proxy.end()
        return try await reckon()
    }

    func worker(_ name: String, folder: String) -> Node {
        let node = Node(.worker, name: name, folder: "\(options.folder)/\(folder)")
        let (models, endpoint) = (options.folder + "/models", "tcp://127.0.0.1:\(proxy.ports[0])")
        node.arguments = { [unowned node, state] in
            [
                "worker", "--farm", state, "--connect", endpoint, "--name", node.name, "--state", node.folder,
                "--threads", "1", "--slots", "1", "--models", models, "--log-level", "info",
            ]
        }
        return node
    }

    func begin(_ node: Node) throws { try node.start(options.program, logs: logs, run: run) }

    /// The end of a node's log, for a message.
    func lastWords(of node: Node) -> String {
        let text = (try? String(contentsOfFile: "\(logs)/\(node.name).log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(3).joined(separator: " | ")
    }

    func say(_ text: String) {
        guard !options.isQuiet else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        FileHandle.standardError.write(Data(String(format: "%7.1f s  %@\n", seconds, text).utf8))
    }

    // MARK: - The middle

    private func harass() async throws {
        let end = start + .seconds(options.seconds)
        while ContinuousClock.now < end, !Interruption.happened {
            try await turn()
            try await orderMore()
            let now = ContinuousClock.now
            let rest = max(0.5, (end - now) / .seconds(1))
            if now >= nextKill, tally.kills < options.kills {
                try await strike { $0.weightAmongKills }
                let mean = rest / Double(max(1, options.kills - tally.kills))
                nextKill = now + pause(mean)
            }
            if now >= nextOther {
                try await strike { $0.weightAmongOthers }
                nextOther = now + pause(max(1.5, options.seconds / Double(max(1, options.kills))))
            }
        }
        if Interruption.happened { throw Interruption() }
    }

    /// An exponential pause, without very short or very long ones.
    private func pause(_ mean: Double) -> Duration {
        let draw = -log(1 - Double.random(in: 0..<1, using: &dice)) * mean
        return .seconds(min(max(draw, 0.1), 4 * mean))
    }

    /// One turn: who has ended, who starts, what is over.
    func turn() async throws {
        try? await Task.sleep(for: .milliseconds(50))
        for node in [coordinator] + workers + lost { try look(after: node) }
        let now = ContinuousClock.now
        let due = remedies.filter { $0.due <= now }
        remedies.removeAll { $0.due <= now }
        for remedy in due { await remedy.action() }
        if now >= nextSample {
            sample()
            nextSample = now + .seconds(1)
        }
    }

    private func look(after node: Node) throws {
        let now = ContinuousClock.now
        if let due = node.continueAt, due <= now { node.goOn() }
        if let armed = node.armed, armed.until <= now, node.isRunning, !node.isKilled {
            tally.note("fail points that were not reached")
            kill(node)
        }
        let (armed, killed, leaves) = (node.armed, node.isKilled, node.mayLeave)
        if let ending = node.takeEnding() {
            judge(ending, of: node, armed: armed?.point, isKilled: killed, mayLeave: leaves)
            if node.startAt == nil, !node.isRetired { node.startAt = now + dice.seconds(0.05...1.5) }
        }
        if node.process == nil, let due = node.startAt, due <= now { try begin(node) }
    }

    private func judge(
        _ ending: ChildProcess.Ending, of node: Node, armed: String?, isKilled: Bool, mayLeave: Bool
    ) {
        switch ending {
        case .killed(SIGKILL) where isKilled: break
        case .killed(SIGKILL) where armed != nil:
            tally.count(node.role == .coordinator ? .coordinatorFailPoint : .workerFailPoint)
            tally.count(failPoint: armed ?? "")
            say("\(node.name) died at \(armed ?? "")")
        case .exited(0) where mayLeave || drained.contains(node.name): break
        case .exited where node.role == .coordinator && (diskFullUntil.map { .now < $0 } ?? false):
            tally.note("coordinator left because its disk was full")
        // The keys of a worker with a new name are noted on its disk and on the coordinator's.
        case .exited where node.role == .worker && [diskFullUntil, workerDiskFullUntil].contains { isAhead($0) }:
            tally.note("workers that could not note their keys because a disk was full")
        // It was told to stop before it had begun to listen for that.
        case .killed(SIGTERM) where mayLeave: tally.note("processes told to stop in the middle of their start")
        case .exited where isKilled: break
        case .exited, .killed:
            tally.violate("\(node.name) ended by itself (\(ending)): \(lastWords(of: node))")
            say(tally.violations.last ?? "")
        }
    }

    private func isAhead(_ instant: ContinuousClock.Instant?) -> Bool { instant.map { .now < $0 } ?? false }

    private func sample() {
        guard let process = coordinator.process, process.isRunning, .now - process.started > .seconds(4),
            let memory = ProcessTable.ownMemory(of: process.identifier),
            let descriptors = ProcessTable.descriptors(of: process.identifier)
        else { return }
        samples.add(
            .init(
                time: (.now - start) / .seconds(1), life: coordinator.starts, memory: memory,
                descriptors: Double(descriptors)))
    }

    private func orderMore() async throws {
        let open = await customer.orders.count(where: \.isOpen)
        guard open < Limits.openJobs, ordered < Limits.jobs else { return }
        ordered += 1
        await customer.order(Workload.job(ordered, renders: options.renders, &dice))
    }

    private func mountVolumes() {
        guard options.fillsDisks else { return }
        do {
            farmVolume = try Volume(at: options.folder + "/farm", octets: Limits.farmVolume)
            workerVolume = try Volume(at: options.folder + "/worker-0", octets: Limits.workerVolume)
        } catch {
            say("full disks are left out: \(error)")
            tally.note("full disks left out: no volume could be mounted")
        }
    }

    func killEverything() async {
        for _ in 0..<20 {
            let living = ProcessTable.marked(run)
            if living.isEmpty { break }
            for identifier in living { Glibc.kill(identifier, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(100))
            for node in [coordinator] + workers + lost { _ = node.takeEnding() }
        }
        farmVolume?.unmount()
        workerVolume?.unmount()
    }
}
