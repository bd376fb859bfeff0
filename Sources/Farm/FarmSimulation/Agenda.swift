internal import FarmModel
internal import HeapModule

/// What will happen in a simulated world, in the order of time; at one instant, in the order of entering.
struct Agenda {
    /// When something happens and which it is; small, since a heap moves its entries about.
    private struct Entry: Comparable {
        let at: Int64
        let sequence: Int
        let place: Int

        static func < (a: Entry, b: Entry) -> Bool { (a.at, a.sequence) < (b.at, b.sequence) }
    }

    private var heap = Heap<Entry>()
    private var happenings: [Happening?] = []
    private var vacant: [Int] = []
    private var sequence = 0

    /// How much is to come.
    var count: Int { heap.count }

    mutating func add(_ happening: Happening, at instant: Instant) {
        let place: Int
        if let free = vacant.popLast() {
            place = free
            happenings[place] = happening
        } else {
            place = happenings.count
            happenings.append(happening)
        }
        heap.insert(Entry(at: instant.milliseconds, sequence: sequence, place: place))
        sequence += 1
    }

    mutating func next() -> (at: Instant, happening: Happening)? {
        guard let entry = heap.popMin() else { return nil }
        vacant.append(entry.place)
        guard let happening = happenings[entry.place].take() else { return nil }
        return (Instant(milliseconds: entry.at), happening)
    }
}
