/// Bounds of what a configuration may ask for, and the one constant all published models share.
enum Limits {
    /// Most codes: their indices are held as single-precision numbers, exact below 2^24.
    static let codebookSize = 1 << 20
    /// Most levels; the published models have three to five.
    static let levels = 10
    /// Most channels of a code, of a latent, and of the first level.
    static let channels = 4096
    /// Most residual blocks of a level of the encoder; the published models have two.
    static let residualBlocks = 16
    /// Groups of every GroupNorm.
    static let normGroups = 32
}
