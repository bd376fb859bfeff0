public import FarmModel

/// What a check of all stored files found.
public struct FileCheck: Hashable, Sendable {
    /// Files that are what their names say.
    public var sound = 0
    /// Their octets.
    public var bytes: Int64 = 0
    /// Files that were not; they lie in `damaged/` now.
    public var damaged: [Digest] = []

    /// Makes an empty finding.
    public init() {}
}

extension FarmStore {
    /// Compares every stored file with its name; one that differs is moved to `damaged/`, where nobody is sent it.
    ///
    /// Whoever has it is asked for it again, and no task goes on from it. Reads every octet that is stored.
    ///
    /// - Parameter mayGoOn: asked before each file; false ends the check early.
    /// - Returns: what was found.
    /// - Throws: `StoreError` if a file cannot be read or moved.
    public func checkFiles(while mayGoOn: () -> Bool = { true }) throws -> FileCheck {
        var check = FileCheck()
        for shelf in try blobs.shelves() {
            for blob in try blobs.blobs(on: shelf) {
                guard mayGoOn() else { return check }
                if try blobs.checkSoundness(blob.digest) {
                    check.sound += 1
                    check.bytes += blob.size
                } else {
                    check.damaged.append(blob.digest)
                }
            }
        }
        return check
    }
}
