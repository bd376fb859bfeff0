/// Bounds of a model store, in one place.
enum Limits {
    /// Characters of a model's name.
    static let nameCharacters = 100
    /// Models of one store.
    static let models = 4096
    /// Octets of the largest file.
    static let fileBytes: Int64 = 64 << 30
    /// Octets of one record.
    static let recordBytes = 64 << 10
    /// Files of one model: weights, configuration, vocabulary.
    static let files = 8
    /// Characters of a text in a record, such as an address.
    static let textCharacters = 2_000
    /// Octets read or written in one go.
    static let bufferBytes = 4 << 20
    /// Octets of a configuration or vocabulary.
    static let companionBytes: Int64 = 64 << 20
    /// Octets that a download leaves free on the volume.
    static let freeReserveBytes: Int64 = 256 << 20
    /// How often a download looks whether the server has fallen silent.
    static let silenceCheck: Duration = .milliseconds(100)
    /// Redirections that a download follows.
    static let redirects = 10
    /// Octets that may wait in memory for the disk before a download breaks off, to go on from there.
    static let unwrittenBytes: Int64 = 64 << 20
    /// Files smaller than this are hashed anew each time: reading the note of a digest would cost as much.
    static let notedBytes: Int64 = 1 << 20
    /// Tensors that an inspection names in a list of oddities.
    static let namedOddities = 8
}
