import FarmCoordinator
import FarmModel
import Testing

@Suite("Checkpoints")
struct CheckpointTests {
    private func checkpoint(_ iteration: UInt32) -> Checkpoint {
        Checkpoint(iteration: iteration, digest: .number(UInt64(iteration)), byteCount: 10)
    }

    private func resume(_ farm: inout TestFarm, _ worker: Int) -> Checkpoint? {
        guard case .offer(let attempt, _, _, let resume)? = farm.take(from: worker) else {
            Issue.record("nothing was offered")
            return nil
        }
        farm.say(.accept(attempt), from: worker)
        return resume
    }

    @Test("The next attempt goes on from the newest checkpoint, also after a restart")
    func resumes() {
        for isRestarted in [false, true] {
            var farm = TestFarm(workers: 1)
            let attempt = farm.runOneTask()
            for iteration: UInt32 in [10, 20, 20, 15] {
                farm.say(.checkpoint(attempt, checkpoint(iteration)), from: 0)
                farm.expectSent(.checkpointOK(attempt, iteration: iteration), to: 0)
            }
            #expect(farm.store.task(attempt.task)?.checkpoints == [checkpoint(20), checkpoint(10)])
            if isRestarted {
                farm.restart()
                farm.join(0)
            } else {
                farm.say(.returned(attempt, reason: "drained"), from: 0)
                farm.expectSent(.resultOK(attempt, .recorded), to: 0)
            }
            farm.say(.ready(free: 1), from: 0)
            #expect(resume(&farm, 0) == checkpoint(20))
        }
    }

    @Test("A lost checkpoint falls back to the older one, then to none")
    func lost() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        for iteration: UInt32 in [10, 20] {
            farm.say(.checkpoint(attempt, checkpoint(iteration)), from: 0)
            farm.expectSent(.checkpointOK(attempt, iteration: iteration), to: 0)
        }
        farm.handle(.checkpointLost(attempt.task, .number(20)))
        farm.handle(.checkpointLost(attempt.task, .number(20)))
        farm.say(.returned(attempt, reason: "drained"), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        farm.say(.ready(free: 1), from: 0)
        #expect(resume(&farm, 0) == checkpoint(10))
        let unreadable = Failure(.infrastructure, "the checkpoint is damaged", cause: .checkpointUnreadable)
        farm.fail(attempt.number(2), unreadable, on: 0)
        #expect(resume(&farm, 0) == nil)
        #expect(farm.store.records.count { if case .checkpointLost = $0 { true } else { false } } == 2)
    }

    @Test("A checkpoint counts only once its blob is stored, and not after the end of its task")
    func blobs() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.say(.checkpoint(attempt, checkpoint(5)), from: 0, missing: [.number(5)])
        farm.expectSent(.needBlobs(attempt, [.number(5)]), to: 0)
        #expect(farm.store.task(attempt.task)?.checkpoints == [])
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        farm.say(.checkpoint(attempt, checkpoint(6)), from: 0)
        farm.expectSent(.checkpointOK(attempt, iteration: 6), to: 0)
        #expect(farm.store.task(attempt.task)?.checkpoints == [])
    }
}
