import Foundation
import Glibc
import Synchronization

/// The engine child process: reads tasks from standard input, executes them one at a time, writes events to standard
/// output.
///
/// Models stay loaded between tasks. When standard input closes the worker is gone: the process exits at once, since
/// its outputs are private until a worker collects them.
public final class Engine: Sendable {
    private struct Inbox {
        var tasks: [EngineTask] = []
        var stopped: Set<String> = []
    }

    private let inbox = Mutex(Inbox())
    private let arrived = DispatchSemaphore(value: 0)
    private let threads: Int

    /// Makes an engine whose tensor backend uses this many threads.
    public init(threads: Int) { self.threads = threads }

    /// Executes tasks until standard input closes; never returns.
    public func run() -> Never {
        // A worker that has died must not kill the engine with SIGPIPE before it can exit in order.
        signal(SIGPIPE, SIG_IGN)
        Thread.detachNewThread { self.readCommands() }
        let renderer = RenderExecution(threads: threads)
        while true {
            arrived.wait()
            guard let task = inbox.withLock({ $0.tasks.isEmpty ? nil : $0.tasks.removeFirst() }) else { continue }
            execute(task, renderer)
            inbox.withLock { _ = $0.stopped.remove(task.key) }
        }
    }

    private func readCommands() {
        while let line = readLine() {
            guard let command: EngineCommand = try? EngineLine.decode(line) else { continue }
            switch command {
            case .run(let task):
                inbox.withLock { $0.tasks.append(task) }
                arrived.signal()
            case .stop(let key):
                inbox.withLock { _ = $0.stopped.insert(key) }
            }
        }
        _exit(0)
    }

    private func execute(_ task: EngineTask, _ renderer: RenderExecution) {
        let clock = ContinuousClock()
        let start = clock.now
        let shouldStop = { self.inbox.withLock { $0.stopped.contains(task.key) } }
        do {
            var output =
                switch task.action {
                case "render": try renderer.run(task, shouldStop: shouldStop, progress: { self.send($0) })
                case "noop": try NoopExecution.run(task, shouldStop: shouldStop)
                default:
                    throw EngineFailure(failureClass: "configuration", message: "unknown action \"\(task.action)\"")
                }
            output.wallMilliseconds = Int64((clock.now - start) / .milliseconds(1))
            send(.finished(key: task.key, output))
        } catch is EngineStopped {
            send(.stopped(key: task.key))
        } catch let failure as EngineFailure {
            send(.failed(key: task.key, failureClass: failure.failureClass, message: failure.message))
        } catch {
            send(.failed(key: task.key, failureClass: "task", message: "\(error)"))
        }
    }

    private func send(_ event: EngineEvent) {
        guard let line = try? EngineLine.encode(event) else { return }
        var sent = 0
        while sent < line.count {
            let count = line[sent...].withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Nobody listens any more: what is not collected is lost by design.
            if count <= 0 { _exit(0) }
            sent += count
        }
    }
}

/// A task was stopped on request.
struct EngineStopped: Error {}

/// A task cannot be done; the class is one of `Failure.Class`.
struct EngineFailure: Error {
    var failureClass: String
    var message: String
}
