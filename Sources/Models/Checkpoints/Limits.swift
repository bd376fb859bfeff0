/// Bounds on what is read from files that came from elsewhere.
enum Limits {
    /// Largest header of a safetensors file; the format allows 100 MB, the largest published ones have a few.
    static let headerBytes = 16 << 20
    /// Most tensors in one file; the largest published checkpoints hold a few thousand.
    static let tensors = 1 << 15
    /// Most elements of one tensor: eight gigabytes in single precision.
    static let elements = 1 << 31
    /// Most elements of all tensors of a file.
    static let totalElements = 1 << 34
    /// Most elements of a tensor that repeats a smaller storage by strides of zero.
    static let repeatedElements = 1 << 20
    /// Most axes of a tensor.
    static let rank = 8
    /// Fewest elements of a weight that is read again on demand; smaller ones stay in memory.
    static let constantElements = 1 << 14
    /// Longest name of a tensor, in bytes.
    static let nameBytes = 1024
    /// Largest configuration file.
    static let configurationBytes = 4 << 20
    /// Deepest nesting of a configuration or a header.
    static let nesting = 64
    /// Most values in a header or a configuration: every tensor has about nine, for its dtype, shape and offsets.
    static let values = 1 << 18
    /// Most members of one section of a header or a configuration.
    static let members = 1 << 15
    /// Largest text that `gunzip` gives unless told otherwise.
    static let inflatedBytes = 64 << 20

    /// Longest pickle; that of a checkpoint with its optimisers' states has a megabyte.
    static let pickleBytes = 16 << 20
    /// Most opcodes of a pickle.
    static let pickleOpcodes = 4 << 20
    /// Most values that a pickle makes, and most entries that it copies from one to another.
    static let pickleValues = 1 << 19
    /// Most storages that a pickle names, each time it names one.
    static let storages = 1 << 16
    /// Most values on the stack: all members of the largest list.
    static let pickleStack = 1 << 18
    /// Most marks at once: levels of lists and dictionaries.
    static let pickleMarks = 512
    /// Highest number in the memo.
    static let pickleMemo = 1 << 20
    /// Deepest nesting of a pickle's values; a TorchScript module takes two levels.
    static let pickleNesting = 256
    /// Longest text in a pickle.
    static let pickleTextBytes = 1 << 20
    /// Longest name of a module or a class.
    static let pickleNameBytes = 512
    /// Most attributes that a walk through a module tree meets: shared modules are met once per path.
    static let attributes = 1 << 18

    /// Most entries of a zip archive: a storage per tensor, the optimisers' too.
    static let zipEntries = 1 << 14
    /// Longest name of an entry.
    static let zipNameBytes = 256
    /// Largest directory of a zip archive.
    static let zipDirectoryBytes = 16 << 20
    /// Largest entry that is read whole into memory; storages are mapped instead.
    static let zipSmallEntryBytes = 4096
}
