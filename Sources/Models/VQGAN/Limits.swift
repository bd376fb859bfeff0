/// Bounds of what a configuration may ask for, and the one constant all published models share.
enum Limits {
    /// Most codes: their indices are held as single-precision numbers, exact below 2^24.
    static let codebookSize = 1 << 20
    /// Most levels; the published models have three to five.
    static let levels = 10
    /// Groups of every GroupNorm.
    static let normGroups = 32
}
