import FarmModel

/// Seeded random numbers: the same seed draws the same faults in the same order.
struct Dice: RandomNumberGenerator, Sendable {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func next() -> UInt64 { random.next() }

    /// A whole number of a range.
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// A duration of a range of seconds.
    mutating func seconds(_ range: ClosedRange<Double>) -> Duration {
        .seconds(Double.random(in: range, using: &self))
    }

    /// Whether something of this probability happens.
    mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

    /// One of several; nil if there is none.
    mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &self) }

    /// One of several, each as likely as its weight says.
    mutating func pick<Element>(weighted elements: [(element: Element, weight: Double)]) -> Element? {
        var rest = Double.random(in: 0..<1, using: &self) * elements.reduce(0) { $0 + $1.weight }
        for (element, weight) in elements {
            rest -= weight
            if rest < 0 { return element }
        }
        return elements.last?.element
    }
}
