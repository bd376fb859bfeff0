import ArgumentParser
import FarmModel

/// `atelier workers`: who renders.
struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "List the workers of a farm.",
        discussion: """
            joining: its inventory is coming; active: takes work; draining: is given nothing more; away: not heard of. \
            BUSY counts tasks it has, HEARD is how long ago it last spoke, BLOCKED counts jobs it is given nothing of \
            (“atelier forgive WORKER” ends that).

              atelier workers --farm ~/farm
            """)

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        guard case .workers(let workers) = try await farm.ask(.query(.workers)) else { throw UnexpectedReply() }
        print(farm.json ? try JSONText.pretty(workers.map(WorkerEntry.init)) : WorkersCommand.text(workers))
    }

    static func text(_ workers: [WorkerStatus]) -> String {
        guard !workers.isEmpty else { return "no workers" }
        var table = TextTable(
            [
                ("WORKER", .left), ("STATE", .left), ("BUSY", .right), ("SLOTS", .right), ("HEARD", .right),
                ("DEVICE", .left), ("TAGS", .left), ("BLOCKED", .right),
            ], flexible: 0)
        for worker in workers {
            let heard = worker.silentMilliseconds.map(StatusText.duration) ?? "-"
            table.add(
                worker.worker.name, worker.state.rawValue, "\(worker.held.count)", "\(worker.slots)", heard,
                worker.capabilities.device.rawValue, String(worker.capabilities.tags.joined(separator: ",").prefix(16)),
                "\(worker.blockedJobs.count)")
        }
        return table.text
    }
}
