internal import FarmModel
internal import HeapModule

extension Job {
    /// Tasks that rest, and until when.
    var resting: [(TaskID, Instant)] {
        steps.flatMap { step in
            step.tried.enumerated().compactMap { offset, memory -> (TaskID, Instant)? in
                guard case .resting(let until) = memory.state else { return nil }
                return (TaskID(job: id, index: step.first + UInt32(offset)), until)
            }
        }
    }

    /// Throws a text if the job contradicts itself.
    func proveInvariants() throws(BrokenInvariant) {
        var ready: [UInt32] = []
        for (place, step) in steps.enumerated() {
            try BrokenInvariant.unless(
                step.tried.count <= Int(step.count), "step \(place) of \(id) has more tasks than it has")
            let open = step.dependencies.allSatisfy { steps[$0].isComplete }
            let doomed = step.dependencies.contains { steps[$0].failed > 0 || steps[$0].phase == .doomed }
            switch step.phase {
            case .open:
                try BrokenInvariant.unless(
                    open || !step.tried.isEmpty, "step \(place) of \(id) runs too early")
            case .doomed:
                try BrokenInvariant.unless(doomed, "step \(place) of \(id) is doomed without a reason")
            case .blocked:
                try BrokenInvariant.unless(!open && !doomed, "step \(place) of \(id) waits for nothing")
            }
            if step.phase != .open {
                try BrokenInvariant.unless(step.tried.isEmpty, "step \(place) of \(id) ran too early")
            }
            try check(step, &ready)
            let queued = Set(step.again.unordered.map { step.first + $0 })
            let own = ready.filter { $0 >= step.first }
            try BrokenInvariant.unless(
                own.allSatisfy(queued.contains), "a ready task of \(id) is not queued")
            try checkChain(step, place)
        }
        try BrokenInvariant.unless(
            !isCancelled || (isEnded && ready.isEmpty), "\(id) is cancelled but has not ended")
    }

    private func check(_ step: Step, _ ready: inout [UInt32]) throws(BrokenInvariant) {
        var counted = (leased: UInt32(0), succeeded: UInt32(0), failed: UInt32(0), cancelled: UInt32(0))
        for (offset, memory) in step.tried.enumerated() {
            let index = step.first + UInt32(offset)
            switch memory.state {
            case .ready: ready.append(index)
            case .resting: break
            case .leased: counted.leased += 1
            case .succeeded(let attempt):
                counted.succeeded += 1
                try BrokenInvariant.unless(
                    (1...memory.attempt).contains(attempt),
                    "task \(index) of \(id) has a result of attempt \(attempt) of \(memory.attempt)")
            case .failed: counted.failed += 1
            case .cancelled: counted.cancelled += 1
            }
        }
        let kept = (step.leased, step.succeeded, step.failed, step.cancelled)
        try BrokenInvariant.unless(
            kept == counted, "the step at \(step.first) of \(id) counts \(kept), its tasks say \(counted)"
        )
    }

    /// Somebody or something moves every chain: a task of it that is open, or the next, which is ready or kept.
    private func checkChain(_ step: Step, _ place: Int) throws(BrokenInvariant) {
        guard step.isChain, step.phase == .open else { return }
        let open = UInt32(step.tried.count) - step.succeeded - step.failed - step.cancelled
        let isMoved =
            open > 0 || step.isComplete || step.failed > 0 || isCancelled || step.hasReady
            || step.reserved != nil
        try BrokenInvariant.unless(isMoved, "the chain at step \(place) of \(id) waits for nothing")
        try BrokenInvariant.unless(
            open <= 1 || !isRunnable, "\(open) tasks of the chain at step \(place) of \(id) are open")
    }
}
