internal import FarmModel
internal import HeapModule

/// The instants at which something has to be looked at, earliest first.
///
/// Nothing is ever removed early: what is due is checked against the present state, and stale entries fall away. An
/// owner whose deadline moves later leaves its entry where it is and sets a new one when the old one is due, so that
/// renewing a lease costs nothing here.
struct Timers {
    /// What to look at.
    enum Subject: Hashable {
        /// Whether a lease or an offer has lapsed.
        case lease(TaskAttempt)
        /// Whether a worker has been silent for too long.
        case session(SessionID)
        /// Whether a task has rested long enough.
        case rest(TaskID)
        /// Whether a worker has rested long enough.
        case workerRest(SessionID)
        /// Whether an attempt takes so long that a second one is worth while.
        case straggler(TaskAttempt)
        /// Whether the next task of a chain has waited long enough for its worker.
        case reservation(StepKey)
        /// Whether a worker is forgiven.
        case forgiveness(WorkerID, JobID)
    }

    /// One entry.
    struct Entry: Comparable {
        let at: Instant
        /// Tells entries of one instant apart by age, so that the order is the same in every run.
        let sequence: UInt64
        let subject: Subject

        static func < (a: Entry, b: Entry) -> Bool { (a.at, a.sequence) < (b.at, b.sequence) }
        static func == (a: Entry, b: Entry) -> Bool { a.sequence == b.sequence }
    }

    private var heap = Heap<Entry>()
    private var nextSequence: UInt64 = 0

    /// The earliest instant at which something is due.
    var earliest: Instant? { heap.min?.at }

    /// All entries, in no order.
    var entries: [Entry] { heap.unordered }

    mutating func set(_ subject: Subject, at instant: Instant) {
        heap.insert(Entry(at: instant, sequence: nextSequence, subject: subject))
        nextSequence += 1
    }

    /// Takes out the earliest entry that is due.
    mutating func popDue(at now: Instant) -> Entry? {
        guard let first = heap.min, first.at <= now else { return nil }
        return heap.removeMin()
    }
}
