import FarmModel
import HeapModule

/// What will happen in a simulated world, in the order of time; at one instant, in the order of entering.
struct Agenda<Happening> {
    private struct Entry: Comparable {
        let at: Instant
        let sequence: Int
        let happening: Happening

        static func < (a: Entry, b: Entry) -> Bool { (a.at, a.sequence) < (b.at, b.sequence) }
        static func == (a: Entry, b: Entry) -> Bool { a.sequence == b.sequence }
    }

    private var heap = Heap<Entry>()
    private var count = 0

    mutating func add(_ happening: Happening, at instant: Instant) {
        heap.insert(Entry(at: instant, sequence: count, happening: happening))
        count += 1
    }

    mutating func next() -> (at: Instant, happening: Happening)? {
        heap.popMin().map { ($0.at, $0.happening) }
    }
}
