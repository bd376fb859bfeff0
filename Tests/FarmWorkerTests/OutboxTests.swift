import FarmModel
import FarmProtocol
import FarmWorker
import Testing

@Suite("The outbox of a worker")
struct OutboxTests {
    @Test("A result is durable, then its files are stored, then it is reported, then it is forgotten")
    func sequence() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineSucceeded(.task(0), .pictures))
        worker.expect([
            .persistOutbox(OutboxEntry(attempt: .task(0), outcome: .succeeded(.pictures))),
            .send(.ready(free: 1), session: worker.session), .sendBlobs(.task(0), [.picture, .curve]),
        ])
        worker.expectNothingElse()
        worker.handle(.blobsStored(.task(0)))
        worker.expectSent(.succeeded(.task(0), .pictures))
        worker.handle(.blobsStored(.task(0)))
        worker.expectNothingElse()
        worker.say(.resultOK(.task(0), .recorded))
        worker.expect([.forgetOutbox(.task(0))])
        worker.say(.resultOK(.task(0), .duplicate))
        worker.expectNothingElse()
    }

    @Test("Nothing is said of an entry before it is durable, and heartbeats do not wait for that")
    func slowDisk() {
        var worker = TestWorker.active(slots: 2)
        worker.hasSlowDisk = true
        worker.run(.task(0))
        worker.run(.task(1))
        worker.handle(.engineSucceeded(.task(0), .pictures))
        worker.handle(.engineFailed(.task(1), .nan))
        worker.clear()
        worker.advance(by: 1_000)
        worker.drop { if case .send(.ready, _) = $0 { true } else { false } }
        worker.expectSent(
            .ping([HeldAttempt(.task(0), hasEnded: true), HeldAttempt(.task(1), hasEnded: true)]))
        worker.say(.needBlobs(.task(0), [Artifact.curve.digest]))
        worker.handle(.blobsStored(.task(0)))
        worker.say(.pong(renewed: [.task(0), .task(1)], ended: []))
        worker.expectNothingElse()
        worker.handle(.outboxKept(.task(1)))
        worker.expectSent(.failed(.task(1), .nan))
        worker.handle(.outboxKept(.task(0)))
        worker.expect([.sendBlobs(.task(0), [.picture, .curve])])
        worker.handle(.outboxKept(.task(0)))
        worker.expectNothingElse()
    }

    @Test("Any answer empties the entry", arguments: Disposition.allCases)
    func dispositions(disposition: Disposition) {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineFailed(.task(0), .nan))
        worker.expect([
            .persistOutbox(OutboxEntry(attempt: .task(0), outcome: .failed(.nan))),
            .send(.ready(free: 1), session: worker.session), .send(.failed(.task(0), .nan), session: worker.session),
        ])
        worker.say(.resultOK(.task(0), disposition))
        worker.expect([.forgetOutbox(.task(0))])
        worker.expectNothingElse()
    }

    @Test("R6: A report is repeated with growing pauses until it is answered")
    func resend() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineFailed(.task(0), .nan))
        worker.clear()
        var instants: [Int64] = []
        for second in 1...200 {
            worker.advance(by: 1_000)
            worker.say(.pong(renewed: [.task(0)], ended: []))
            while let effect = worker.take() {
                if effect == .send(.failed(.task(0), .nan), session: worker.session) { instants.append(Int64(second)) }
            }
        }
        #expect(instants == [2, 6, 14, 30, 62, 122, 182])
    }

    @Test("Files that are missing after all are sent again, then the report")
    func needBlobs() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineSucceeded(.task(0), .pictures))
        worker.handle(.blobsStored(.task(0)))
        worker.clear()
        worker.say(.needBlobs(.task(0), [Artifact.curve.digest]))
        worker.expect([.sendBlobs(.task(0), [.curve])])
        worker.handle(.blobsStored(.task(0)))
        worker.expectSent(.succeeded(.task(0), .pictures))
        worker.say(.needBlobs(.task(8), [Artifact.curve.digest]))
        worker.expectNothingElse()
    }

    @Test("Files that nobody says were stored are asked for again")
    func blobsForgotten() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineSucceeded(.task(0), .pictures))
        worker.clear()
        worker.advance(beats: 59)
        worker.expectNothingElse()
        worker.advance(beats: 1)
        worker.expect([.sendBlobs(.task(0), [.picture, .curve])])
    }

    @Test("Entries found on disk are listed and reported by the next process")
    func recovered() {
        let entry = OutboxEntry(attempt: .task(3), outcome: .succeeded(.pictures))
        var worker = TestWorker(outbox: [entry])
        worker.handle(.start)
        worker.expect([.connect, .send(.hello(worker.hello), session: .none)])
        worker.welcome()
        worker.expectSent(.inventory(held: [], outbox: [.task(3)], more: false))
        worker.say(.reconcile([Reconciliation(attempt: .task(3), verdict: .resend)]))
        worker.expectSent(.ping([HeldAttempt(.task(3), hasEnded: true)]))
        worker.expect([.sendBlobs(.task(3), [.picture, .curve]), .send(.ready(free: 1), session: worker.session)])
    }

    @Test("Files stored while offline are reported at the next session without being sent again")
    func storedOffline() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineSucceeded(.task(0), .pictures))
        worker.handle(.disconnected(reason: "test"))
        worker.clear()
        worker.handle(.blobsStored(.task(0)))
        worker.expectNothingElse()
        _ = worker.reconnect()
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .resend)]))
        worker.expectSent(
            .ping([HeldAttempt(.task(0), hasEnded: true)]), .succeeded(.task(0), .pictures), .ready(free: 1))
    }

    @Test("With too many results waiting no work is asked for")
    func fullOutbox() {
        let entries = (0..<UInt32(Limits.outboxEntries)).map {
            OutboxEntry(attempt: .task($0), outcome: .failed(.nan))
        }
        var worker = TestWorker.active(slots: 2, outbox: entries)
        worker.say(.offer(.task(9_000), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expectSent(.decline(.task(9_000), reason: "no free slot"))
        worker.say(.resultOK(.task(0), .recorded))
        worker.expect([.forgetOutbox(.task(0)), .send(.ready(free: 1), session: worker.session)])
        worker.run(.task(9_000))
        worker.clear()
        worker.say(.offer(.task(9_001), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expectSent(.decline(.task(9_001), reason: "no free slot"))
    }

    @Test("What a worker with a full outbox says can be encoded", arguments: [65, Limits.outboxEntries])
    func encodable(count: Int) throws {
        let entries = (0..<UInt32(count)).map { OutboxEntry(attempt: .task($0), outcome: .failed(.nan)) }
        var worker = TestWorker(slots: UInt32(Limits.slots), outbox: entries)
        worker.handle(.start)
        worker.welcome()
        worker.say(.reconcile(entries.map { Reconciliation(attempt: $0.attempt, verdict: .resend) }))
        var pings = 0
        while let effect = worker.take() {
            guard case .send(let message, let session) = effect else { continue }
            let bytes = try Frame(session: session, sequence: 1, body: .worker(message)).encoded()
            let decoded = try Frame.decode(bytes, on: .fromWorker).body
            #expect(decoded == .worker(message))
            if case .ping(let held) = message {
                #expect(held == entries.map { HeldAttempt($0.attempt, hasEnded: true) })
                pings += 1
            }
        }
        #expect(pings == 1)
    }

    @Test("A file lost from the outbox makes a failed report instead of one that is repeated for ever")
    func lostOutput() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineSucceeded(.task(0), .pictures))
        worker.clear()
        worker.handle(.outputLost(.task(0), reason: "curve.csv is gone"))
        let failure = Failure(.infrastructure, "an output was lost: curve.csv is gone")
        worker.expect([.persistOutbox(OutboxEntry(attempt: .task(0), outcome: .failed(failure)))])
        worker.expectSent(.failed(.task(0), failure))
        worker.handle(.outputLost(.task(0), reason: "again"))
        worker.handle(.blobsStored(.task(0)))
        worker.expectNothingElse()
        worker.say(.resultOK(.task(0), .recorded))
        worker.expect([.forgetOutbox(.task(0))])
    }
}
