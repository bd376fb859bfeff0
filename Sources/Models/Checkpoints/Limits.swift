/// Bounds on what is read from files that came from elsewhere.
enum Limits {
    /// Largest header of a safetensors file; the format's own limit.
    static let headerBytes = 100_000_000
    /// Most tensors in one file; the largest published checkpoints hold a few thousand.
    static let tensors = 1 << 17
    /// Most axes of a tensor.
    static let rank = 8
    /// Longest name of a tensor, in bytes.
    static let nameBytes = 1024
    /// Largest configuration file.
    static let configurationBytes = 4 << 20
    /// Deepest nesting of a configuration or a header.
    static let nesting = 64
    /// Most values in a header or a configuration: room for every tensor's dtype, shape and offsets.
    static let values = 4_000_000
    /// Largest text that `gunzip` gives unless told otherwise.
    static let inflatedBytes = 64 << 20
}
