/// Bounds of what a configuration, a vocabulary or a text may hold.
enum Limits {
    /// Widest tower; the largest published one has 1664 channels.
    static let width = 8192
    /// Most blocks of a tower.
    static let layers = 128
    /// Largest side of an input picture.
    static let imageSize = 2048
    /// Most tokens of a text.
    static let contextLength = 4096
    /// Largest vocabulary: token numbers are held as single-precision numbers, exact below 2^24.
    static let vocabularySize = 1 << 20
    /// Embedded texts that are kept, of some thousand bytes each.
    static let keptEmbeddings = 512
}
