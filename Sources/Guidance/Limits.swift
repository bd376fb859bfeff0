/// Bounds of everything a render accepts, in one place.
public enum Limits {
    /// Optimiser steps of one render.
    public static let iterations: ClosedRange<UInt64> = 1...100_000
    /// Views of the picture that CLIP judges in every iteration.
    public static let cutouts: ClosedRange<UInt64> = 1...1024
    /// Stages of a schedule of cutouts.
    public static let cutoutStages = 64
    /// Power of the random crops' sizes.
    public static let cutPower: ClosedRange<Double> = 0.05...20
    /// Views that go through CLIP at once unless the specification says so: more are a little faster, and each costs
    /// some 20 MB with a ViT-B/32.
    public static let cutoutBatch = 8
    /// Pixels from which on the decoder's finest level is frugal; below, every activation is kept.
    static let frugalArea = 256 * 256
    /// How often the pixels may double from there until levels are computed again as a whole.
    static let frugalLevels = 2
    /// Views that go through CLIP at once, where a budget of memory has the choice.
    static let cutoutBatches = [16, 8, 4, 2, 1]
    /// Resident bytes of the program itself, and of what it holds for every pixel outside the backend.
    static let processBytes = 84 << 20
    /// The part of the tensors' memory that is added for what the system rounds up: a fiftieth.
    static let memoryMargin = 50
    static let hostBytesPerPixel = 32
    /// Width or height in pixels.
    public static let side: ClosedRange<Int> = 8...4096
    /// The optimiser's step size.
    public static let learningRate: ClosedRange<Double> = 1e-6...100
    /// Drops of the learning rate.
    public static let drops = 16
    /// A bound or a weight that must not be 0; one that should do nothing is left out.
    public static let positive: ClosedRange<Double> = 1e-9...1e9
    /// Weight of a regulariser.
    public static let weight: ClosedRange<Double> = -1e6...1e6
    /// Colours of a palette.
    public static let paletteColors = 256
    /// Standard deviation of the noise on cutouts.
    public static let noise: ClosedRange<Double> = 0...2
    /// CLIPs that guide a render together.
    public static let judges = 8
    /// Factor of a judge's losses.
    public static let judgeWeight: ClosedRange<Double> = 0.001...1000
    /// Pictures of which the best is kept.
    public static let bestOf: ClosedRange<UInt64> = 2...64
    /// Files that belong to one file, such as a model's configuration and vocabulary.
    public static let companions = 4
    /// Prompts joined by `|`.
    public static let prompts = 64
    /// UTF-8 bytes of the whole prompt string.
    public static let promptBytes = 8192
    /// Augmentations in one list; a name may occur more than once.
    public static let augmentations = 16
    /// UTF-8 bytes of one specification.
    public static let specificationBytes = 65_536
    /// UTF-8 bytes of a model's or a picture's name.
    public static let nameBytes = 4096
    /// Positions of the latent: the work of the VQGAN's attention grows with their square.
    public static let latentPositions = 128 * 128
    /// Elements of the latent: 4096 × 4096 pixels at f = 8 with 256 channels.
    public static let latentElements = 512 * 512 * 256
    /// Terms of the loss: one per prompt and judge, and the regularisers.
    public static let lossTerms = 4096
    /// Named arrays of one checkpoint.
    public static let checkpointArrays = 64
    /// Pictures that CLIP embeds in one batch while a start is searched.
    public static let searchBatch = 128
    /// Pixels of such a batch: fewer pictures where CLIP's are large.
    public static let searchPixels = 128 * 128 * 128
}
