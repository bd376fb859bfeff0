public import FarmModel
import Glibc
import Synchronization

/// Files named by the SHA-256 of their content, and uploads on their way to become such files.
///
/// A finished blob is `blobs/sha256/ab/<64 digits>`, an upload `incoming/<64 digits>.part`, with those of its owner
/// before the point if it is another's; both have mode 0600 in folders of mode 0700, until a blob that is also an output
/// becomes readable for all with it. No other name ever comes from outside, so nothing a peer sends can name a path. An
/// upload survives a restart: ask `partialSize(_:by:)` where to go on. A blob appears under its name only when its
/// digest has been verified and its bytes are durable.
///
/// All calls block on the disk. They may come from any thread; uploads take turns, reads do not wait for them.
public final class BlobStore: Sendable {
    /// Bounds of one store.
    public struct Configuration: Hashable, Sendable {
        /// Octets of the largest blob.
        public var blobBytes: Int64
        /// Unfinished uploads on disk.
        public var partials: Int
        /// Octets that uploads leave free on the volume.
        public var freeReserveBytes: Int64
        /// Part of the volume that uploads leave free if that is more, up to `StoreLimits.largestReserveBytes`.
        public var freeReserveFraction: Double
        /// Octets of all blobs and uploads together; nil sets no bound.
        public var quotaBytes: Int64?
        /// Uploads untouched for longer are deleted at start, seconds.
        public var partialLifetimeSeconds: Int64

        /// Makes a configuration; the defaults are those of `Limits` and `StoreLimits`.
        public init(
            blobBytes: Int64 = Limits.blobBytes, partials: Int = StoreLimits.partials,
            freeReserveBytes: Int64 = StoreLimits.freeReserveBytes, freeReserveFraction: Double = 0,
            quotaBytes: Int64? = nil,
            partialLifetimeSeconds: Int64 = StoreLimits.partialLifetimeSeconds
        ) {
            precondition(partials > 0 && blobBytes >= 0, "\(partials) uploads of \(blobBytes) octets")
            self.blobBytes = blobBytes
            self.partials = partials
            self.freeReserveBytes = freeReserveBytes
            self.freeReserveFraction = freeReserveFraction
            self.quotaBytes = quotaBytes
            self.partialLifetimeSeconds = partialLifetimeSeconds
        }
    }

    /// The folder that holds `blobs/` and `incoming/`.
    public let folder: String
    /// Bounds.
    public let configuration: Configuration
    /// Leftovers of uploads that were deleted at start.
    public let discardedPartials: Int

    let uploads: Mutex<Uploads>
    /// Blobs whose content was compared with their name, and as what.
    let sound = Mutex<[Digest: FileIdentity]>([:])
    /// Octets of all blobs.
    let usage = Mutex(BlobUsage())
    /// Keeps a blob that is spoken of from being swept away at that moment.
    let sweeping = Mutex<Void>(())

    /// Opens the store in a folder, which is made if need be, and clears old leftovers of uploads.
    ///
    /// Throws `StoreError` if the folder cannot be made or listed.
    public init(folder: String, configuration: Configuration = Configuration()) throws {
        self.folder = folder
        self.configuration = configuration
        try Disk.makeFolder("\(folder)/blobs/sha256", mode: 0o700)
        try Disk.makeFolder("\(folder)/incoming", mode: 0o700)
        var uploads = Uploads(folder: "\(folder)/incoming")
        discardedPartials = try uploads.recover(olderThan: configuration.partialLifetimeSeconds)
        self.uploads = Mutex(uploads)
        // Without a quota nobody asks before the first sweep has counted.
        if configuration.quotaBytes != nil { try countBlobs() }
    }

    deinit { uploads.withLock { $0.suspendAll() } }

    /// Where a blob lies, or would lie.
    public func path(of digest: Digest) -> String {
        let hex = digest.description
        return "\(folder)/blobs/sha256/\(hex.prefix(2))/\(hex)"
    }

    /// Whether a blob is stored, complete and verified.
    public func contains(_ digest: Digest) -> Bool { size(of: digest) != nil }

    /// Those of some blobs that are not stored, in the order given and each once; the others are safe for a while.
    public func missing(_ digests: some Sequence<Digest>) -> [Digest] {
        var seen: Set<Digest> = []
        return digests.filter { seen.insert($0).inserted && !touch($0) }
    }

    /// Octets of a stored blob; nil if it is not stored.
    public func size(of digest: Digest) -> Int64? { Disk.size(ofFile: path(of: digest)) }

    /// What is wrong with a report whose files are not as long as it says; nil if nothing is.
    ///
    /// Such a result could never be published. Blobs that are not stored say nothing.
    public func contradiction(of result: TaskResult) -> Failure? {
        for file in result.artifacts {
            guard let size = size(of: file.digest), size != file.byteCount else { continue }
            return Failure(.badOutput, "\"\(file.name)\" has \(size) octets, not \(file.byteCount) as reported")
        }
        return nil
    }

    /// Reads a part of a stored blob: `count` octets from `offset`, fewer at its end, none beyond it.
    ///
    /// Throws `StoreError` if the blob is not stored or cannot be read.
    public func read(_ digest: Digest, offset: Int64, count: Int) throws -> [UInt8] {
        precondition(offset >= 0 && count >= 0, "\(count) octets at \(offset)")
        let file = try File(path(of: digest), O_RDONLY | O_NOFOLLOW, what: "cannot read a blob")
        return try file.read(at: offset, count: count)
    }

    /// Stores bytes made here and returns their name; bytes stored before cost only their digest.
    ///
    /// Throws `StoreError` as `append` and `finish` do.
    @discardableResult
    public func insert(_ bytes: [UInt8]) throws -> Digest {
        var hash = ContentHash()
        bytes.withUnsafeBytes { hash.update($0) }
        let digest = hash.digest
        if !contains(digest) {
            try append(digest, offset: 0, bytes: bytes)
            try finish(digest, size: Int64(bytes.count))
        }
        return digest
    }

    /// The space of the volume and what of it is kept in reserve.
    public func space() throws -> Space {
        let volume = try Disk.volume(at: folder)
        let share = Int64(Double(volume.total) * configuration.freeReserveFraction)
        return Space(
            freeBytes: volume.free,
            reserveBytes: max(configuration.freeReserveBytes, min(share, StoreLimits.largestReserveBytes)))
    }

    /// Octets still free on the volume for an ordinary user.
    public func freeBytes() throws -> Int64 { try Disk.volume(at: folder).free }

    /// The free space of a volume.
    public struct Space: Hashable, Sendable {
        /// Octets that an ordinary user could still write.
        public var freeBytes: Int64
        /// Octets that uploads leave free.
        public var reserveBytes: Int64

        /// Whether nothing new may come in.
        public var isLow: Bool { freeBytes < reserveBytes }
    }
}
