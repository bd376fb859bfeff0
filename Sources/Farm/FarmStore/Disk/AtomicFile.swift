import Glibc

/// A file that appears under its name complete and durable, or not at all.
///
/// Bytes go to a hidden name in the same folder; `commit` makes them durable and renames. Without a commit the hidden
/// file is deleted. The hidden name is fixed, so a leftover of a crash is overwritten by the next attempt.
struct AtomicFile: ~Copyable {
    private let file: File
    private let path: String
    private let temporary: String
    private var buffer: [UInt8] = []
    private var offset: Int64 = 0
    private var isCommitted = false

    /// The hidden name that belongs to a path.
    static func temporaryPath(for path: String) -> String {
        let folder = Disk.folder(of: path)
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return "\(folder)/.\(name).part"
    }

    /// Begins a file.
    init(_ path: String, mode: mode_t) throws {
        self.path = path
        temporary = AtomicFile.temporaryPath(for: path)
        try Disk.remove(temporary)
        file = try File(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode, what: "cannot begin a file")
    }

    deinit {
        if !isCommitted { unlink(temporary) }
    }

    /// Adds bytes.
    mutating func write(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= StoreLimits.bufferBytes { try flush() }
    }

    /// Adds bytes that lie in memory already.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        try flush()
        try file.write(bytes, at: offset)
        offset += Int64(bytes.count)
    }

    /// Makes the content durable and gives it its name.
    mutating func commit() throws {
        try flush()
        try file.sync()
        try Disk.rename(temporary, to: path)
        isCommitted = true
        try Disk.sync(folder: Disk.folder(of: path))
    }

    private mutating func flush() throws {
        guard !buffer.isEmpty else { return }
        try buffer.withUnsafeBytes { try file.write($0, at: offset) }
        offset += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}
