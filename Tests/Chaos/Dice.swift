/// Seeded random numbers (Steele, Lea and Flood 2014, SplitMix64): the same seed draws the same faults in the same order.
struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

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
