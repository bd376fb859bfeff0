import CLinux
import FarmModel
import Foundation
import Glibc
import Synchronization

/// The engine child process: reads tasks from standard input, executes them one at a time, writes events to standard
/// output.
///
/// Models stay loaded between tasks. When standard input closes the worker is gone: the process exits at once, since
/// its outputs are private until a worker collects them. A process that is stopped or busy does not notice that, so the
/// kernel kills it as well when its worker dies.
public final class Engine: Sendable {
    private struct Inbox {
        var tasks: [EngineTask] = []
        var wishes: [String: EngineWish] = [:]
    }

    private let inbox = Mutex(Inbox())
    private let arrived = DispatchSemaphore(value: 0)
    private let threads: Int
    private let memory: Int?
    private let parent: pid_t?

    /// Makes an engine whose tensor backend uses this many threads, for a worker with a process number.
    ///
    /// It takes `memory` octets at most, or what the machine has free.
    public init(threads: Int, memory: Int? = nil, parent: Int32? = nil) {
        self.threads = threads
        self.memory = memory
        self.parent = parent
    }

    /// Executes tasks until standard input closes; never returns.
    public func run() -> Never {
        // A worker that has died must not kill the engine with SIGPIPE before it can exit in order.
        signal(SIGPIPE, SIG_IGN)
        if let parent {
            guard atelier_set_parent_death_signal(SIGKILL) == 0 else { perror("engine"); _exit(1) }
            // It may have died before that.
            guard getppid() == parent else { _exit(0) }
        }
        Thread.detachNewThread { self.readCommands() }
        let renderer = RenderExecution(threads: threads, memory: memory)
        while true {
            arrived.wait()
            guard let task = inbox.withLock({ $0.tasks.isEmpty ? nil : $0.tasks.removeFirst() }) else { continue }
            execute(task, renderer)
            inbox.withLock { $0.wishes[task.key] = nil }
        }
    }

    private func readCommands() {
        while let line = readLine() {
            let command: EngineCommand
            do { command = try EngineLine.decode(line) } catch {
                // Whoever waits for what it said would wait for ever.
                Engine.giveUp("a command cannot be read: \(error)")
            }
            switch command {
            case .run(let task):
                inbox.withLock { $0.tasks.append(task) }
                arrived.signal()
            case .stop(let key):
                inbox.withLock { $0.wishes[key] = .stop }
            case .suspend(let key):
                // Who was to stop at once does not take the time for a checkpoint.
                inbox.withLock { $0.wishes[key] = $0.wishes[key] ?? .suspend }
            }
        }
        _exit(0)
    }

    private func execute(_ task: EngineTask, _ renderer: RenderExecution) {
        let clock = ContinuousClock()
        let start = clock.now
        let wish = { self.inbox.withLock { $0.wishes[task.key] ?? .goOn } }
        let report: (EngineEvent) -> Void = { self.send($0) }
        do {
            var output =
                switch Action(rawValue: task.action) {
                case .render: try renderer.run(task, wish: wish, report: report)
                case .noop: try NoopExecution.run(task, wish: wish, report: report)
                case nil:
                    throw EngineFailure(.configuration, "unknown action \"\(task.action)\"")
                }
            output.wallMilliseconds = Int64((clock.now - start) / .milliseconds(1))
            send(.finished(key: task.key, output))
        } catch is EngineStopped {
            send(.stopped(key: task.key))
        } catch let failure as EngineFailure {
            send(.failed(key: task.key, kind: failure.kind, message: failure.message))
        } catch {
            send(.failed(key: task.key, kind: .task, message: "\(error)"))
        }
    }

    /// Ends the process: its worker reports that of the task, and starts another.
    private static func giveUp(_ reason: String) -> Never {
        FileHandle.standardError.write(Data("engine: \(reason)\n".utf8))
        _exit(1)
    }

    private func send(_ event: EngineEvent) {
        let line: [UInt8]
        do { line = try EngineLine.encode(event) } catch { Engine.giveUp("an event cannot be written: \(error)") }
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

/// What a worker wants of a task that runs.
enum EngineWish {
    /// Nothing: go on.
    case goOn
    /// Stop.
    case stop
    /// Drop a checkpoint, then stop.
    case suspend
}

/// A task was stopped on request.
struct EngineStopped: Error {}
