/// A running mean of the latents, the start included, in which older ones fade.
///
/// With decay d: `s ← d·s + (1 − d)·z`, and the mean is `s/(1 − dⁿ)` after n latents.
struct LatentAverage {
    /// `s`.
    private(set) var sum: [Float]
    private let decay: Double
    /// `dⁿ`.
    private var rest: Double

    /// Begins with one latent.
    init(_ latent: [Float], decay: Double) {
        self.decay = decay
        (sum, rest) = ([Float](repeating: 0, count: latent.count), 1)
        add(latent)
    }

    /// Goes on with a sum of so many latents.
    init(sum: [Float], count: Int, decay: Double) {
        (self.sum, self.decay) = (sum, decay)
        // Multiplied one by one, as `add` does it.
        rest = (0..<count).reduce(1.0) { rest, _ in rest * decay }
    }

    /// Takes in one more latent.
    mutating func add(_ latent: [Float]) {
        rest *= decay
        let (keep, gain) = (Float(decay), Float(1 - decay))
        for i in sum.indices { sum[i] = keep * sum[i] + gain * latent[i] }
    }

    /// The mean.
    var value: [Float] {
        let scale = Float(1 / (1 - rest))
        return sum.map { $0 * scale }
    }
}
