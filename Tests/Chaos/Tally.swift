/// What happened in a run, counted.
struct Tally {
    private(set) var faults: [Fault: Int] = [:]
    /// Deaths at each named place.
    private(set) var failPoints: [String: Int] = [:]
    /// Other things worth a line.
    private(set) var notes: [String: Int] = [:]
    private(set) var violations: [String] = []

    /// Processes ended by force.
    var kills: Int { faults.filter { $0.key.isKill }.reduce(0) { $0 + $1.value } }

    mutating func count(_ fault: Fault) { faults[fault, default: 0] += 1 }
    mutating func count(failPoint: String) { failPoints[failPoint, default: 0] += 1 }
    mutating func note(_ text: String, _ count: Int = 1) { notes[text, default: 0] += count }
    mutating func violate(_ text: String) { violations.append(text) }
    mutating func violate(_ texts: [String]) { violations += texts }
}
