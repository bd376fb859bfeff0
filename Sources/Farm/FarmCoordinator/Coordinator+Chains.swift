internal import FarmModel
internal import OrderedCollections

// Chains: the next task waits a while for the worker that ran the last, since that one has everything in memory.
extension Coordinator {
    /// A task of a chain has succeeded: the next is kept for its worker, if that one can take it.
    mutating func continueChain(_ task: TaskID, on worker: WorkerID, at now: Instant) {
        guard let (step, offset) = jobs[task.job]?.locate(task.index),
            jobs[task.job]?.steps[step].isChain == true,
            let known = jobs[task.job]?.steps[step], offset + 1 == known.tried.count, known.untried > 0,
            let session = session(of: worker), isGivenWork(session)
        else { return }
        let key = StepKey(job: task.job, step: step)
        guard isOpen(key, to: worker, at: now) else { return }
        let until = now.advanced(byMilliseconds: configuration.chainPatienceMilliseconds)
        jobs[task.job]?.steps[step].chain.reservation = (worker, until)
        workers[worker]?.reserved.append(key)
        reservations.append(key)
        timers.set(.reservation(key), at: until)
        isWorkNew = true
    }

    /// A task that is kept for a worker, the most urgent first.
    func keptTask(for worker: WorkerID, at now: Instant) -> (task: TaskID, priority: Int32)? {
        var best: (task: TaskID, priority: Int32)?
        for key in workers[worker]?.reserved ?? [] {
            guard let job = jobs[key.job], job.isRunnable, let offset = job.steps[key.step].reserved,
                isOpen(key, to: worker, at: now)
            else { continue }
            if let best, best.priority >= job.priority { continue }
            best = (TaskID(job: key.job, index: job.steps[key.step].first + offset), job.priority)
        }
        return best
    }

    /// A chain has waited for its worker: anybody may take it, unless it was given out or kept anew meanwhile.
    mutating func reservationDue(_ key: StepKey, _ now: Instant) {
        guard let reservation = jobs[key.job]?.steps[key.step].chain.reservation,
            reservation.until <= now
        else {
            return
        }
        endReservation(key)
        enqueue(key)
    }

    /// Ends the waiting for a worker, if there is any.
    mutating func endReservation(_ key: StepKey) {
        guard let reservation = jobs[key.job]?.steps[key.step].chain.reservation else { return }
        jobs[key.job]?.steps[key.step].chain.reservation = nil
        workers[reservation.worker]?.reserved.remove(key)
        reservations.remove(key)
    }

    /// A worker takes nothing any more: its chains go to others.
    mutating func endReservations(of worker: WorkerID) {
        for key in workers[worker]?.reserved ?? [] {
            endReservation(key)
            enqueue(key)
        }
    }
}
