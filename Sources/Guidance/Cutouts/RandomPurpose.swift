import TensorCore

/// Who draws random numbers in a render; every purpose has streams of its own.
///
/// Streams are keyed by the render's seed, the iteration, the purpose and a lane within it, so a resumed render goes on
/// with the very numbers an uninterrupted one draws, and one more augmentation does not shift the others.
enum RandomPurpose: UInt32 {
    /// Codes of a random start.
    case start = 1
    /// Geometry and colour of the views; one lane per augmentation.
    case views = 2
    /// Noise on the views; one lane per kind of noise.
    case noise = 3
    /// Sizes and places of random crops.
    case crops = 4
    /// Views of image prompts; one lane per prompt.
    case imagePrompt = 16
    /// Directions of noise prompts, keyed by their own seeds.
    case noisePrompt = 17
    /// Random pixels to start from, or to mix into a start picture.
    case startPixels = 18
    /// Random ramps to start from.
    case startGradient = 19
    /// Seeds of the pictures of which the best is kept; one lane per picture.
    case candidate = 32

    /// How far a picture without borders is moved around before it is viewed.
    case seams = 40

    /// The stream of this purpose at one iteration.
    func stream(seed: UInt64, iteration: Int = 0, lane: Int = 0) -> Philox {
        Philox(
            seed: seed, iteration: UInt32(truncatingIfNeeded: iteration), stream: rawValue,
            lane: UInt32(truncatingIfNeeded: lane))
    }
}
