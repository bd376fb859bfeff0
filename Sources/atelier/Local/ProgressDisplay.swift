import FarmCoordinator
import FarmModel
import Foundation
import Glibc
import OrderedCollections

/// Shows how a job goes: on a terminal one line that is redrawn, elsewhere a line per finished task.
struct ProgressDisplay {
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private let isQuiet: Bool
    private let start = ContinuousClock.now
    private var total: Int
    private var ended: Int
    private var endedBefore: Int
    private var failed = 0
    private var running: [TaskAttempt: FarmModel.Progress] = [:]
    private var lastLoss: Float?
    private var lastDraw: ContinuousClock.Instant?

    /// A display for a job of `total` tasks of which `ended` are done already.
    init(total: Int, ended: Int, isQuiet: Bool) {
        self.total = total
        self.ended = ended
        endedBefore = ended
        self.isQuiet = isQuiet
    }

    /// Takes in one piece of news and redraws where that is due.
    mutating func show(_ notice: FarmNotice) {
        switch notice {
        case .progress(let lease, let progress):
            running[lease.attempt] = progress
            lastLoss = progress.loss
            draw(force: false)
        case .taskSucceeded(let lease, let result):
            running[lease.attempt] = nil
            ended += 1
            lastLoss = result.metrics[ResultKey.finalLoss].map { Float($0) } ?? lastLoss
            if isTerminal {
                draw(force: true)
            } else {
                let loss = result.metrics[ResultKey.finalLoss].map { String(format: ", loss %.4f", $0) } ?? ""
                let seconds = Double(result.wallMilliseconds) / 1000
                line(
                    "\(ended)/\(total) done: task \(lease.attempt.task.index)\(loss), "
                        + String(format: "%.1f s", seconds) + " on \(lease.worker)")
            }
        case .attemptFailed(let lease, let failure, let willRetry):
            running[lease.attempt] = nil
            if !willRetry {
                ended += 1
                failed += 1
            }
            // Why a task is lost is said even where progress is not wanted.
            line(
                evenIfQuiet: !willRetry,
                "task \(lease.attempt.task.index) failed\(willRetry ? ", trying again" : ""): \(failure.message)")
        case .workerLost(let worker, let reason):
            line("worker \(worker) lost: \(reason)")
        case .attemptStarted(let lease):
            running[lease.attempt] = FarmModel.Progress(iteration: 0, iterations: 1, loss: .nan, rate: 0)
            draw(force: false)
        case .attemptReturned(let lease, let reason):
            running[lease.attempt] = nil
            line("task \(lease.attempt.task.index) came back unfinished: \(reason)")
        case .workerBlocked(let worker, let job):
            line("worker \(worker) failed \(job) too often and gets nothing more of it for a while")
        case .workerJoined, .jobAccepted, .jobEnded, .checkpointStored:
            break
        }
    }

    /// Removes the line, so that what follows starts on a clean one.
    func clear() {
        if isTerminal, !isQuiet { write("\r\u{1B}[K") }
    }

    private func line(evenIfQuiet: Bool = false, _ text: String) {
        guard !isQuiet || evenIfQuiet else { return }
        clear()
        write(text + "\n")
    }

    private mutating func draw(force: Bool) {
        guard isTerminal, !isQuiet else { return }
        let now = ContinuousClock.now
        if !force, let lastDraw, now - lastDraw < .milliseconds(100) { return }
        lastDraw = now
        var parts = ["\(ended)/\(total)", "\(running.count) running"]
        if failed > 0 { parts.append("\(failed) failed") }
        if let lastLoss, lastLoss.isFinite { parts.append(String(format: "loss %.3f", lastLoss)) }
        let rate = running.values.reduce(0) { $0 + $1.rate }
        if rate > 0 { parts.append(String(format: "%.1f it/s", rate)) }
        if let eta = eta(at: now) { parts.append("ETA \(eta)") }
        let bar = ProgressDisplay.bar(fraction: fraction, width: 24)
        let text = "\(bar) " + parts.joined(separator: "  ")
        write("\r\u{1B}[K" + String(text.prefix(ProgressDisplay.terminalWidth() - 1)))
    }

    /// Tasks done, with the parts of those that run.
    private var done: Double {
        running.values.reduce(Double(ended)) {
            $0 + Double($1.iteration) / Double(max(1, $1.iterations))
        }
    }

    private var fraction: Double { min(1, done / Double(max(1, total))) }

    private func eta(at now: ContinuousClock.Instant) -> String? {
        let progressed = done - Double(endedBefore)
        guard progressed > 0.02 else { return nil }
        let seconds = (now - start) / .seconds(1)
        return ProgressDisplay.clockText(seconds: seconds / progressed * (Double(total) - done))
    }

    /// `m:ss`, or `h:mm:ss` from an hour on.
    static func clockText(seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
    }

    /// A bar of block characters.
    static func bar(fraction: Double, width: Int) -> String {
        let filled = Int((fraction * Double(width)).rounded(.down))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    }

    private static func terminalWidth() -> Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
