/// Follows the loss without the chance of single views, as the mean of the last ten steps.
///
/// It follows from the losses alone: a resumed render adds those of its checkpoint and is where it was.
struct LossTrend {
    /// Steps in a mean; before as many are done there is none.
    static let window = 10

    /// Whether the newest mean is the lowest so far.
    private(set) var isLowest = false
    /// Steps since a mean was lower than the one that last counted by at least the improvement asked for.
    private(set) var stepsWithoutImprovement = 0

    private let improvement: Double
    private var recent: [Float] = []
    private var lowest = Double.infinity
    private var reference = Double.infinity

    /// Begins before the first step; `improvement` is what a mean must fall by to count.
    init(improvement: Double) { self.improvement = improvement }

    /// Takes in the loss of one more step.
    mutating func add(_ loss: Float) {
        recent = recent.suffix(Self.window - 1) + [loss]
        guard recent.count == Self.window else { return }
        let mean = recent.reduce(0.0) { $0 + Double($1) } / Double(Self.window)
        isLowest = mean < lowest
        lowest = min(lowest, mean)
        if mean < reference, reference - mean >= improvement {
            (reference, stepsWithoutImprovement) = (mean, 0)
        } else {
            stepsWithoutImprovement += 1
        }
    }
}
