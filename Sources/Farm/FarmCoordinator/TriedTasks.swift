/// What is remembered of the tasks of a step that were tried, in their order.
///
/// Tasks are kept in runs. Of a run whose tasks have all succeeded nothing will change any more, and next to nothing is
/// left to be known: an octet each, for the attempt that did it, and the whole of the few that had trouble. So a farm
/// that has rendered millions does not carry them along for as long as it runs.
struct TriedTasks: RandomAccessCollection, MutableCollection {
    /// A run of tasks.
    fileprivate struct Run {
        /// All of them; empty once they are packed.
        var open: [TaskMemory] = []
        /// How many of those have succeeded.
        var succeeded = 0
        /// The same, packed.
        var packed: Packed?
    }

    /// Tasks that have all succeeded.
    fileprivate struct Packed {
        /// The attempts with a result.
        var winners: [UInt8] = []
        /// Those of which there is more to know, by their places in the run.
        var others: [Int: TaskMemory] = [:]
    }

    /// Tasks of a full run.
    static let runLength = 256

    private var runs: [Run] = []
    private(set) var count = 0

    var startIndex: Int { 0 }
    var endIndex: Int { count }

    /// What is remembered of a task.
    subscript(position: Int) -> TaskMemory {
        get {
            let (run, place) = position.quotientAndRemainder(dividingBy: TriedTasks.runLength)
            guard let packed = runs[run].packed else { return runs[run].open[place] }
            return packed[place]
        }
        set {
            let (run, place) = position.quotientAndRemainder(dividingBy: TriedTasks.runLength)
            runs[run].unpack()
            if runs[run].open[place].hasSucceeded { runs[run].succeeded -= 1 }
            if newValue.hasSucceeded { runs[run].succeeded += 1 }
            runs[run].open[place] = newValue
            runs[run].packIfDone(atLeast: TriedTasks.runLength)
        }
    }

    /// Remembers the next task.
    mutating func append(_ memory: TaskMemory) {
        let run = count / TriedTasks.runLength
        if run == runs.count { runs.append(Run()) }
        runs[run].unpack()
        runs[run].open.append(memory)
        if memory.hasSucceeded { runs[run].succeeded += 1 }
        count += 1
        runs[run].packIfDone(atLeast: TriedTasks.runLength)
    }

    /// Packs the last run as well, if it can be: no task follows.
    mutating func seal() {
        guard !runs.isEmpty else { return }
        runs[runs.count - 1].packIfDone(atLeast: 1)
    }

    /// How many tasks are packed; for tests.
    var packedCount: Int { runs.reduce(0) { $0 + ($1.packed?.winners.count ?? 0) } }
}

extension TriedTasks.Run {
    /// Packs tasks of which nothing will change any more.
    mutating func packIfDone(atLeast least: Int) {
        guard packed == nil, open.count >= least, succeeded == open.count else { return }
        var new = TriedTasks.Packed()
        new.winners.reserveCapacity(open.count)
        for (place, memory) in open.enumerated() {
            guard case .succeeded(let attempt) = memory.state else {
                preconditionFailure("\(succeeded) of \(open.count) tasks are said to have succeeded")
            }
            let isPlain = attempt == memory.attempt && attempt <= UInt8.max && memory.failures == FailureTally()
            new.winners.append(isPlain ? UInt8(attempt) : 0)
            if !isPlain { new.others[place] = memory }
        }
        packed = new
        open = []
    }

    /// Makes room for a change, which does not come where all is well.
    mutating func unpack() {
        guard let packed else { return }
        open = packed.winners.indices.map { packed[$0] }
        self.packed = nil
    }
}

extension TriedTasks.Packed {
    subscript(place: Int) -> TaskMemory {
        if let memory = others[place] { return memory }
        let attempt = UInt32(winners[place])
        return TaskMemory(state: .succeeded(attempt: attempt), attempt: attempt)
    }
}

extension TaskMemory {
    fileprivate var hasSucceeded: Bool {
        switch state {
        case .succeeded: true
        case .ready, .resting, .leased, .failed, .cancelled: false
        }
    }
}
