import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Synchronization
import Testing

/// An actor that lives on a loop.
private actor Pinned {
    private let loop: SocketLoop
    private(set) var count = 0
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ loop: SocketLoop) { self.loop = loop }

    func isOnLoop() -> Bool {
        loop.checkIsolated()
        return loop.isIsolatingCurrentContext() == true
    }

    func increment() { count += 1 }
}

@Suite struct SocketLoopTests {
    /// Names of the threads of this process.
    private func threads() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap {
            // A thread may end while we look.
            (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8))?
                .trimmingCharacters(in: .newlines)
        }
    }

    private func waitUntilGone(_ name: String) async throws {
        while try threads().contains(name) { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test("The code of a pinned actor runs on the loop's thread, that of others does not", .timeLimit(.minutes(5)))
    func isolation() async throws {
        let loop = try SocketLoop(name: "isolation")
        let pinned = Pinned(loop)
        #expect(await pinned.isOnLoop())
        #expect(loop.isIsolatingCurrentContext() == false)
        await loop.stop()
    }

    @Test("Claiming to be on the loop from elsewhere stops the process")
    func wrongThread() async {
        await #expect(processExitsWith: .failure) {
            let loop = try SocketLoop(name: "wrong")
            loop.checkIsolated()
        }
    }

    @Test("Jobs from many tasks run one at a time and none is lost", .timeLimit(.minutes(5)))
    func manyJobs() async throws {
        let loop = try SocketLoop(name: "jobs")
        let pinned = Pinned(loop)
        await withTaskGroup { group in
            for _ in 0..<20 { group.addTask { for _ in 0..<200 { await pinned.increment() } } }
        }
        #expect(await pinned.count == 4_000)
        await loop.stop()
    }

    @Test("After a clean shutdown no thread is left, though sockets were in use", .timeLimit(.minutes(5)))
    func shutdown() async throws {
        let name = "shutdown-test"
        let line = try await Line(.fromWorker, name: name)
        let (dealer, _) = try await line.dealer(.toWorker)
        await dealer.send(Sample.ready, session: Sample.session)
        _ = try await line.atRouter.frame()
        #expect(try threads().contains(name))
        await line.end(dealer)
        try await waitUntilGone(name)
    }

    @Test("An actor that is used after the stop still answers, and then no thread is left", .timeLimit(.minutes(5)))
    func lateJob() async throws {
        let name = "late-test"
        let loop = try SocketLoop(name: name)
        let pinned = Pinned(loop)
        await pinned.increment()
        await loop.stop()
        try await waitUntilGone(name)
        await pinned.increment()
        #expect(await pinned.isOnLoop())
        #expect(await pinned.count == 2)
        try await waitUntilGone(name)
        await loop.stop()
    }

    @Test("A router that is let go with its socket open ends the process: its socket belongs to another thread")
    func dropped() async {
        await #expect(processExitsWith: .failure) {
            let loop = try SocketLoop(name: "dropped")
            let context = try ZMQContext()
            func use() async throws {
                let router = FrameRouter(
                    on: loop, in: context, lane: .fromWorker, into: Mailbox<Inbound>(), logger: Line.logger
                ) { $0 }
                _ = try await router.bind(to: "tcp://127.0.0.1:*")
            }
            try await use()
        }
    }

    @Test("When the context is terminated, routers and dealers close themselves", .timeLimit(.minutes(5)))
    func contextTermination() async throws {
        let line = try await Line(.fromWorker)
        let (dealer, _) = try await line.dealer(.toWorker)
        // Returns only when both sockets are closed.
        let ended = Mailbox<Bool>()
        Thread.detachNewThread { [context = line.context] in
            context.terminate()
            ended.offer(true)
        }
        while await dealer.send(Sample.ready, session: Sample.session) != .closed {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(await ended.next(upTo: 1) == [true])
        await line.loop.stop()
    }

    @Test("A port that is taken gives an error that names it", .timeLimit(.minutes(5)))
    func portTaken() async throws {
        let line = try await Line(.fromWorker)
        let second = FrameRouter(
            on: line.loop, in: line.context, lane: .fromWorker, into: line.atRouter, logger: Line.logger
        ) { $0 }
        let error = await #expect(throws: ZMQError.self) { try await second.bind(to: line.endpoint) }
        #expect(error?.description == "bind \(line.endpoint): Address already in use")
        await second.close()
        await line.end()
    }
}
