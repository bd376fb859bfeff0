public import FarmModel
import Glibc
import Synchronization

extension BlobStore {
    /// Octets of an unfinished upload that are here, which is the offset to go on from; 0 if there is none.
    ///
    /// The owner is whoever brings it, by 32 octets that name him, here and in the other calls; nil for this process
    /// itself. Each goes on with his own octets only, so that nobody can spoil what another one brings.
    public func partialSize(_ digest: Digest, by owner: Digest? = nil) -> Int64 {
        uploads.withLock { $0.size(of: UploadName(digest, by: owner)) }
    }

    /// Adds bytes to an upload, beginning it if need be, and returns how many octets are here now.
    ///
    /// Bytes that are here already are skipped, so a repeated chunk is harmless; a lie shows when the digest is
    /// verified. For a blob that is stored nothing happens.
    ///
    /// - Throws: `StoreError` with reason `gap(have:)` if `offset` lies beyond what is here, `overLimit` beyond the size
    ///   of a blob or the number of uploads, `diskFull` when too little space would be left, or what the system says.
    @discardableResult
    public func append(_ digest: Digest, by owner: Digest? = nil, offset: Int64, bytes: [UInt8]) throws -> Int64 {
        try append(digest, by: owner, offset: offset, pieces: [Octets(bytes)])
    }

    /// The same with bytes that came in several pieces: together they take fewer and larger writes.
    @discardableResult
    public func append(_ digest: Digest, by owner: Digest? = nil, offset: Int64, pieces: [Octets]) throws -> Int64 {
        precondition(offset >= 0, "offset \(offset)")
        let run = ByteRun(pieces)
        if let size = size(of: digest) {
            touch(digest)
            return size
        }
        let (end, overflow) = offset.addingReportingOverflow(Int64(run.count))
        guard !overflow, end <= configuration.blobBytes else {
            throw StoreError(
                .overLimit, what: "a blob of more than \(configuration.blobBytes) octets", at: "\(digest)",
                hint: "send smaller files")
        }
        let space = try space()
        guard space.freeBytes - Int64(run.count) >= space.reserveBytes else {
            throw StoreError(
                .diskFull, what: "only \(space.freeBytes) octets are free", at: folder,
                hint: "free some space: \(space.reserveBytes) octets are kept in reserve")
        }
        return try uploads.withLock { uploads in
            // Another sender may have completed the blob since it was looked for above.
            if let size = size(of: digest) { return size }
            return try uploads.append(
                UploadName(digest, by: owner), offset: offset, run: run, limit: configuration.partials)
        }
    }

    /// Ends an upload: verifies size and digest, makes the bytes durable, and gives the blob its name.
    ///
    /// For a blob that is stored nothing happens; a blob of no octets needs no `append`. After a crash at any point
    /// the blob is either complete or still an upload.
    ///
    /// - Throws: `StoreError` with reason `gap(have:)` if octets are lacking, `digestMismatch` if there are too many or
    ///   they are not those of the name (the upload is then deleted), or what the system says.
    public func finish(_ digest: Digest, by owner: Digest? = nil, size: Int64) throws {
        let path = path(of: digest)
        let upload = UploadName(digest, by: owner)
        if let stored = self.size(of: digest) {
            touch(digest)
            guard stored == size else {
                throw StoreError(
                    .digestMismatch, what: "the blob has \(stored) octets, not \(size)", at: "\(digest)",
                    hint: "the sender is wrong about its size")
            }
            return
        }
        try uploads.withLock { uploads in
            // Another sender may have completed the blob since it was looked for above.
            guard self.size(of: digest) != size else { return }
            try uploads.verify(upload, size: size)
            try Disk.makeFolder(Disk.folder(of: path), mode: 0o700)
            FailPoint.beforeBlobRename.pass()
            try Disk.rename(uploads.path(of: upload), to: path)
            try Disk.sync(folder: Disk.folder(of: path))
            FailPoint.afterBlobRename.pass()
            noteSound(digest)
            usage.withLock { $0.add(digest, size) }
            uploads.forget(upload)
            uploads.abandonOthers(of: digest)
        }
    }

    /// Closes an upload that its sender left; what is here stays for a later one.
    public func suspendUpload(_ digest: Digest, by owner: Digest? = nil) {
        uploads.withLock { $0.suspend(UploadName(digest, by: owner)) }
    }
}
