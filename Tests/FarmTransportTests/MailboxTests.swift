import FarmTransport
import Foundation
import Synchronization
import Testing

@Suite struct MailboxTests {
    @Test("A batch is what has gathered, up to the limit, in order", .timeLimit(.minutes(5)))
    func batches() async {
        let mailbox = Mailbox<Int>(capacity: 5)
        for number in 1...5 { #expect(mailbox.offer(number)) }
        #expect(!mailbox.offer(6))
        #expect(!mailbox.hasRoom)
        #expect(await mailbox.next(upTo: 3) == [1, 2, 3])
        #expect(mailbox.hasRoom)
        #expect(await mailbox.next(upTo: 3) == [4, 5])
        #expect(mailbox.isEmpty)
    }

    @Test("What must not be lost gets into a full mailbox", .timeLimit(.minutes(5)))
    func beyondCapacity() async {
        let mailbox = Mailbox<Int>(capacity: 1)
        mailbox.offer(1)
        mailbox.append(2)
        #expect(!mailbox.offer(3))
        #expect(await mailbox.next(upTo: 5) == [1, 2])
    }

    @Test("A reader with little patience gets what is there, or nothing", .timeLimit(.minutes(5)))
    func patience() async {
        let mailbox = Mailbox<Int>(capacity: 5)
        #expect(await mailbox.next(upTo: 5, within: .milliseconds(1)) == [])
        mailbox.offer(1)
        #expect(await mailbox.next(upTo: 5, within: .seconds(3600)) == [1])
        #expect(await mailbox.next(upTo: 5, within: .milliseconds(1)) == [])
    }

    @Test("A reader is never woken for nothing, however many threads bring something", .timeLimit(.minutes(5)))
    func neverForNothing() async {
        let mailbox = Mailbox<Int>(capacity: 1_000_000)
        let (producers, each) = (6, 30_000)
        for _ in 0..<producers {
            Thread.detachNewThread {
                for number in 0..<each {
                    mailbox.offer(number)
                    // Now and then the reader is done before the next comes, and waits again.
                    if number.isMultiple(of: 2) { sched_yield() }
                }
            }
        }
        var taken = 0
        while taken < producers * each {
            let batch = await mailbox.next(upTo: 1_000)
            // Nothing would mean the end.
            guard !batch.isEmpty else {
                Issue.record("woken for nothing after \(taken)")
                return
            }
            taken += batch.count
        }
    }

    @Test(
        "What is drained comes on the thread of the loop, in order, all of it, and nothing after the end",
        .timeLimit(.minutes(5)))
    func drain() async throws {
        let loop = try SocketLoop(name: "drain")
        let mailbox = Mailbox<Int>(capacity: 1_000_000)
        let count = 50_000
        for number in 0..<10 { mailbox.offer(number) }
        Thread.detachNewThread {
            for number in 10..<count {
                mailbox.offer(number)
                if number.isMultiple(of: 3) { sched_yield() }
            }
            mailbox.finish()
        }
        let taken = Mutex<[Int]>([])
        await mailbox.drain(on: loop, upTo: 100) { batch in
            loop.checkIsolated()
            #expect((1...100).contains(batch.count))
            taken.withLock { $0 += batch }
        }
        #expect(taken.withLock { $0 } == Array(0..<count))
        await mailbox.drain(on: loop, upTo: 1) { _ in Issue.record("it is finished") }
        await loop.stop()
        let other = Mailbox<Int>()
        other.offer(1)
        await other.drain(on: loop, upTo: 1) { _ in Issue.record("its thread has ended") }
    }

    @Test("A reader waits for the first element", .timeLimit(.minutes(5)))
    func waits() async {
        let mailbox = Mailbox<Int>(capacity: 5)
        async let batch = mailbox.next(upTo: 10)
        await Task.yield()
        mailbox.offer(7)
        #expect(await batch == [7])
    }

    @Test("A finished mailbox gives what it holds and then nothing", .timeLimit(.minutes(5)))
    func finish() async {
        let mailbox = Mailbox<Int>(capacity: 5)
        mailbox.offer(1)
        mailbox.finish()
        #expect(!mailbox.offer(2))
        #expect(await mailbox.next(upTo: 10) == [1])
        #expect(await mailbox.next(upTo: 10) == [])
    }

    @Test("Finishing and cancelling wake a reader that waits", .timeLimit(.minutes(5)), arguments: [true, false])
    func wakes(byFinishing: Bool) async {
        let mailbox = Mailbox<Int>(capacity: 5)
        let reader = Task { await mailbox.next(upTo: 1) }
        await Task.yield()
        if byFinishing { mailbox.finish() } else { reader.cancel() }
        #expect(await reader.value == [])
    }
}
