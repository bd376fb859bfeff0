import FarmModel
import FarmWorker
import Testing

@Suite("Checkpoints of a worker")
struct CheckpointTests {
    private func checkpoint(_ iteration: UInt32) -> Checkpoint {
        Checkpoint(iteration: iteration, digest: .number(UInt8(iteration)), byteCount: 10)
    }

    @Test("A checkpoint is stored, then reported until it is answered, then its file goes")
    func sequence() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineCheckpoint(.task(0), checkpoint(5)))
        worker.expect([.sendCheckpoint(.task(0), checkpoint(5))])
        worker.handle(.checkpointStored(.task(0), iteration: 5))
        worker.expectSent(.checkpoint(.task(0), checkpoint(5)))
        worker.advance(beats: 2, renewing: [.task(0)])
        worker.expectSent(.checkpoint(.task(0), checkpoint(5)))
        worker.say(.checkpointOK(.task(0), iteration: 5))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint(5))])
        worker.say(.checkpointOK(.task(0), iteration: 5))
        worker.expectNothingElse()
    }

    @Test("One is on its way at a time, and of those behind it the newest stays")
    func newestWins() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        for iteration: UInt32 in [5, 6, 7] { worker.handle(.engineCheckpoint(.task(0), checkpoint(iteration))) }
        worker.expect([.sendCheckpoint(.task(0), checkpoint(5)), .forgetCheckpoint(.task(0), checkpoint(6))])
        // An older one that comes late is of no use.
        worker.handle(.engineCheckpoint(.task(0), checkpoint(4)))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint(4))])
        worker.say(.checkpointOK(.task(0), iteration: 5))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint(5)), .sendCheckpoint(.task(0), checkpoint(7))])
        worker.handle(.checkpointLost(.task(0), iteration: 7))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint(7))])
        worker.expectNothingElse()
    }

    @Test("Without a session the newest replaces the one that waits, and is sent at the next session")
    func offline() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineCheckpoint(.task(0), checkpoint(5)))
        worker.handle(.disconnected(reason: "test"))
        worker.clear()
        worker.handle(.engineCheckpoint(.task(0), checkpoint(6)))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint(5))])
        worker.expectNothingElse()
        _ = worker.reconnect()
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .adopt)]))
        worker.expectSent(.ping([HeldAttempt(.task(0))]))
        worker.expect([.sendCheckpoint(.task(0), checkpoint(6))])
    }

    @Test("A blob that is missing after all is sent again")
    func missing() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineCheckpoint(.task(0), checkpoint(5)))
        worker.handle(.checkpointStored(.task(0), iteration: 5))
        worker.clear()
        worker.say(.needBlobs(.task(0), [.number(77)]))
        worker.expectNothingElse()
        worker.say(.needBlobs(.task(0), [.number(5)]))
        worker.expect([.sendCheckpoint(.task(0), checkpoint(5))])
    }

    @Test("What a run dropped goes with it, and a stranger's checkpoint goes at once", arguments: [true, false])
    func ends(well: Bool) {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineCheckpoint(.task(0), checkpoint(5)))
        worker.handle(.engineCheckpoint(.task(0), checkpoint(6)))
        worker.clear()
        worker.handle(well ? .engineSucceeded(.task(0), .bare) : .engineFailed(.task(0), .nan))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint(5)), .forgetCheckpoint(.task(0), checkpoint(6))])
        worker.clear()
        worker.handle(.engineCheckpoint(.task(0), checkpoint(7)))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint(7))])
    }

    @Test("A detached attempt saves nothing: its task goes on elsewhere")
    func detached() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        _ = worker.reconnect()
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .finishDetached)]))
        worker.clear()
        worker.handle(.engineCheckpoint(.task(0), checkpoint(5)))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint(5))])
    }

    @Test("An offer's checkpoint goes to the engine, and pings say how far it has come since")
    func resume() {
        var worker = TestWorker.active()
        worker.say(.offer(.task(0), .fixture, leaseMilliseconds: 12_000, resume: checkpoint(5)))
        worker.expectSent(.accept(.task(0)))
        worker.expect([.startTask(.task(0), .fixture, resume: checkpoint(5))])
        worker.clear()
        worker.advance(by: 1_000)
        worker.drop { if case .send(.ready, _) = $0 { true } else { false } }
        // Its files are gathered: nothing stalls yet.
        worker.expectSent(.ping([HeldAttempt(.task(0), iteration: 5)]))
        worker.say(.pong(renewed: [.task(0)], ended: []))
        worker.handle(.engineStarted(.task(0)))
        worker.advance(by: 1_000)
        worker.drop { if case .send(.ready, _) = $0 { true } else { false } }
        worker.expectSent(.ping([HeldAttempt(.task(0), iteration: 5, sinceStepMilliseconds: 1_000)]))
        worker.handle(.engineProgress(.task(0), Progress(iteration: 6, iterations: 9, loss: 0, rate: 1)))
        worker.say(.pong(renewed: [.task(0)], ended: []))
        worker.advance(by: 1_000)
        worker.drop { if case .send(.ping, _) = $0 { false } else { true } }
        worker.expectSent(.ping([HeldAttempt(.task(0), iteration: 6, sinceStepMilliseconds: 1_000)]))
    }

    @Test("A paused attempt comes back with a checkpoint; a cancelled one stops, one that stalled is killed")
    func revocations() {
        var worker = TestWorker.active(slots: 3)
        for index: UInt32 in 0...2 { worker.run(.task(index)) }
        worker.clear()
        worker.say(.revoke(.task(0), reason: .paused))
        worker.expect([.suspendTask(.task(0))])
        worker.say(.revoke(.task(0), reason: .paused))
        worker.expectNothingElse()
        worker.say(.revoke(.task(1), reason: .failed))
        worker.expect([.killTask(.task(1), reason: "failed"), .send(.revoked(.task(1)), session: worker.session)])
        worker.drop { if case .send(.ready, _) = $0 { true } else { false } }
        // Its engine stops before the first iteration: there is nothing to store.
        worker.handle(.engineStopped(.task(0)))
        worker.expectSent(.returned(.task(0), reason: "paused"), .ready(free: 2))
        // What comes back is not called stopped, or it would count as a failure.
        worker.say(.revoke(.task(0), reason: .paused))
        worker.expectNothingElse()
        worker.say(.revoke(.task(2), reason: .cancelled))
        worker.expect([.stopTask(.task(2), reason: "cancelled")])
        worker.clear()
        worker.say(.revoke(.task(9), reason: .preempted))
        worker.drop { if case .send(.revoked, _) = $0 { false } else { true } }
        worker.expectSent(.revoked(.task(9)))
    }

    @Test("An engine that ends or fails while it is to be suspended is taken at its word", arguments: [true, false])
    func endsWhileSuspended(well: Bool) {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.say(.revoke(.task(0), reason: .paused))
        worker.clear()
        worker.handle(well ? .engineSucceeded(.task(0), .bare) : .engineFailed(.task(0), .nan))
        worker.drop { if case .persistOutbox = $0 { true } else { false } }
        worker.drop { if case .send(.ready, _) = $0 { true } else { false } }
        if well { worker.expectSent(.succeeded(.task(0), .bare)) } else { worker.expectSent(.failed(.task(0), .nan)) }
        worker.handle(.engineStopped(.task(0)))
        worker.expectNothingElse()
    }

    @Test("An attempt given back is listed until it is answered, and its late result is thrown away")
    func returned() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.storageFailed(.task(0), reason: "full"))
        worker.clear()
        #expect(worker.reconnect() == .inventory(held: [], outbox: [.task(0)], more: false))
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .resend)]))
        worker.expectSent(.ping([HeldAttempt(.task(0), hasEnded: true)]))
        worker.expectSent(.returned(.task(0), reason: "the disk of worker w failed: full"))
        worker.clear()
        worker.handle(.engineSucceeded(.task(0), .bare))
        worker.expect([.forgetOutbox(.task(0))])
    }
}

@Suite("A worker whose disk fails")
struct FitnessTests {
    @Test("It gives the attempt back, takes nothing, looks at the disk after a rest, and rests longer each time")
    func rests() {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0))
        worker.handle(.storageFailed(.task(0), reason: "full"))
        let reason = "the disk of worker w failed: full"
        worker.expect([.killTask(.task(0), reason: reason)])
        worker.expectSent(.returned(.task(0), reason: reason), .ready(free: 0))
        worker.say(.offer(.task(1), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expectSent(.decline(.task(1), reason: reason))
        worker.say(.resultOK(.task(0), .recorded))
        worker.clear()
        worker.advance(beats: 29)
        worker.expectNothingElse()
        worker.advance(beats: 1)
        worker.expect([.checkStorage])
        worker.handle(.storageChecked(error: "full"))
        worker.advance(beats: 59)
        worker.expectNothingElse()
        worker.advance(beats: 1)
        worker.expect([.checkStorage])
        worker.handle(.storageChecked(error: nil))
        worker.expectSent(.ready(free: 2))
        // The next failure without a success between them means a longer rest; after one it is short again.
        worker.handle(.storageFailed(nil, reason: "full"))
        worker.clear()
        worker.advance(beats: 119)
        worker.expectNothingElse()
        worker.advance(beats: 1)
        worker.expect([.checkStorage])
        worker.handle(.storageChecked(error: nil))
        worker.clear()
        worker.run(.task(2))
        worker.handle(.engineSucceeded(.task(2), .bare))
        worker.handle(.storageFailed(nil, reason: "full"))
        worker.say(.resultOK(.task(2), .recorded))
        worker.clear()
        worker.advance(beats: 30)
        worker.expect([.checkStorage])
    }

    @Test("A disk that does not answer has failed, and a rest never grows beyond its bound")
    func noAnswer() {
        var worker = TestWorker.active()
        worker.handle(.storageFailed(nil, reason: "full"))
        worker.clear()
        var pauses: [Int] = []
        var seconds = 0
        for _ in 0..<20_000 {
            worker.advance(beats: 1)
            seconds += 1
            guard let effect = worker.take() else { continue }
            #expect(effect == .checkStorage)
            pauses.append(seconds)
            seconds = 0
        }
        #expect(pauses.prefix(4) == [30, 90, 150, 270])
        #expect(pauses.max() == 1_830)
    }
}
