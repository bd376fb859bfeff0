internal import FarmModel
internal import FarmWorker
internal import OrderedCollections

// Engines: what becomes of an attempt on a worker.
extension Simulation {
    mutating func startEngine(_ attempt: TaskAttempt, _ resume: Checkpoint?, on worker: Int) {
        note("  worker \(worker) starts \(attempt) from \(resume?.iteration ?? 0)")
        runs += 1
        workers[worker].engine[attempt] = EngineRun(number: runs)
        var done: UInt32 = 0
        if let resume {
            // A checkpoint that cannot be had or read is reported; once it meant beginning anew as well.
            let isReadable = coordinator.blobs.contains(resume.digest) && !(!isHealed && random.chance(50))
            if isReadable {
                done = min(resume.iteration, options.engines.iterations - 1)
            } else if options.edition > .first || random.chance(300) {
                let step = EngineStep(attempt: attempt, run: runs, iteration: .max - 1)
                return agenda.add(.engineSteps(step, worker: worker, life: workers[worker].life), at: after(20))
            }
        }
        guard options.edition > .second else {
            return schedule(EngineStep(attempt: attempt, run: runs, iteration: done + 1), on: worker)
        }
        workers[worker].engine[attempt]?.start = done
        let step = EngineStep(attempt: attempt, run: runs, iteration: EngineStep.beginning)
        let life = workers[worker].life
        agenda.add(.engineSteps(step, worker: worker, life: life), at: after(diskDuration(50, worker)))
    }

    /// How long a worker's disk takes for something, about so many milliseconds unless it hangs.
    mutating func diskDuration(_ usual: Int64, _ worker: Int) -> Int64 {
        guard !isHealed, options.hangingDisk > 0, random.chance(options.hangingDisk) else {
            return random.around(usual)
        }
        note("the disk of worker \(worker) hangs")
        faults += 1
        return random.around(2 * SimulationLimits.diskPatienceMilliseconds)
    }

    private mutating func schedule(_ step: EngineStep, on worker: Int) {
        // A hung engine does nothing until its supervisor kills it.
        let isHanging = !isHealed && random.chance(options.engines.hang)
        let duration = isHanging ? 5 * options.repair : random.around(options.engines.iteration)
        let next = isHanging ? EngineStep(attempt: step.attempt, run: step.run, iteration: .max) : step
        agenda.add(.engineSteps(next, worker: worker, life: workers[worker].life), at: after(duration))
    }

    /// One iteration is done, or the engine ends.
    mutating func advance(_ step: EngineStep, on worker: Int) {
        guard let run = workers[worker].engine[step.attempt], run.number == step.run else { return }
        let attempt = step.attempt
        if step.iteration == EngineStep.beginning {
            tell(worker, .engineStarted(attempt))
            return schedule(EngineStep(attempt: attempt, run: step.run, iteration: run.start + 1), on: worker)
        }
        if step.iteration == EngineStep.reading { return succeed(attempt, on: worker) }
        if step.iteration == .max {
            return fail(attempt, Failure(.infrastructure, "the engine hung", cause: .hung), on: worker)
        }
        if step.iteration == .max - 1 {
            let failure = Failure(.infrastructure, "no such checkpoint", cause: .checkpointUnreadable)
            return fail(attempt, failure, on: worker)
        }
        if run.isSuspended || step.iteration < options.engines.iterations {
            return goOn(step, run.isSuspended, on: worker)
        }
        if !isHealed, random.chance(options.engines.failure) {
            return fail(attempt, Failure(.task, "the loss is not a number"), on: worker)
        }
        if !isHealed, random.chance(options.engines.crash) {
            let cause: Failure.Cause = random.chance(500) ? .crashed(signal: 11) : .outOfMemory
            return fail(attempt, Failure(.infrastructure, "the engine died", cause: cause), on: worker)
        }
        if !isHealed, random.chance(options.engines.corruption) {
            // The worker checks its own outputs before it reports them.
            return fail(attempt, Failure(.badOutput, "two files are named picture.png"), on: worker)
        }
        guard options.edition > .second else { return succeed(attempt, on: worker) }
        tell(worker, .engineEnded(attempt))
        let reading = EngineStep(attempt: attempt, run: step.run, iteration: EngineStep.reading)
        let life = workers[worker].life
        agenda.add(.engineSteps(reading, worker: worker, life: life), at: after(diskDuration(20, worker)))
    }

    /// The outputs of an attempt are read.
    private mutating func succeed(_ attempt: TaskAttempt, on worker: Int) {
        workers[worker].engine[attempt] = nil
        tell(worker, .engineSucceeded(attempt, result(of: attempt, on: worker)))
    }

    /// An iteration is done that is not the last, or after which the engine is to stop.
    private mutating func goOn(_ step: EngineStep, _ isSuspended: Bool, on worker: Int) {
        let attempt = step.attempt
        let progress = Progress(
            iteration: step.iteration, iterations: options.engines.iterations, loss: 1 / Float(step.iteration), rate: 1)
        tell(worker, .engineProgress(attempt, progress))
        if isSuspended || random.chance(500) { drop(attempt, after: step.iteration, on: worker) }
        guard workers[worker].engine[attempt]?.number == step.run else { return }
        if isSuspended {
            workers[worker].engine[attempt] = nil
            return tell(worker, .engineStopped(attempt))
        }
        schedule(EngineStep(attempt: attempt, run: step.run, iteration: step.iteration + 1), on: worker)
    }

    private mutating func drop(_ attempt: TaskAttempt, after iteration: UInt32, on worker: Int) {
        let digest = Digest.simulated(
            attempt.task.job.number, UInt64(attempt.task.index) + 1, UInt64(iteration), .max)
        let checkpoint = Checkpoint(iteration: iteration, digest: digest, byteCount: 100)
        workers[worker].checkpoints[attempt, default: []].append(checkpoint)
        tell(worker, .engineCheckpoint(attempt, checkpoint))
    }

    private mutating func fail(_ attempt: TaskAttempt, _ failure: Failure, on worker: Int) {
        workers[worker].engine[attempt] = nil
        tell(worker, .engineFailed(attempt, failure))
    }

    /// What an attempt brings about: the same for every attempt of a task, unless its runs differ.
    private mutating func result(of attempt: TaskAttempt, on worker: Int) -> TaskResult {
        let isOdd = random.chance(options.engines.difference)
        let digest = Digest.simulated(
            attempt.task.job.number, UInt64(attempt.task.index) + 1, isOdd ? UInt64(worker + 1) : 0,
            isOdd ? UInt64(attempt.attempt) : 0)
        let file = Artifact(name: "picture.png", kind: .frame, byteCount: 10, digest: digest)
        return TaskResult(artifacts: [file], wallMilliseconds: Int64(attempt.attempt))
    }
}
