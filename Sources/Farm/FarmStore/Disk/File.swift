import Glibc

/// An open file, closed when its owner lets go of it.
struct File: ~Copyable {
    /// The descriptor.
    let descriptor: Int32
    /// Where it was opened, for errors.
    let path: String

    /// Opens or makes a file; never inherited by child processes.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0o600, what: String) throws {
        let descriptor = open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw StoreError.system(errno, what: what, at: path) }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Writes all bytes at an offset.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try File.write(bytes, to: descriptor, at: offset, path: path)
    }

    /// Writes all bytes at an offset of a descriptor; the path is for errors.
    static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int64, path: String
    ) throws {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
            if count < 0 {
                if errno == EINTR { continue }
                throw StoreError.system(errno, what: "cannot write a file", at: path)
            }
            done += count
        }
    }

    /// Reads up to a number of bytes at an offset; fewer at the end of the file.
    func read(at offset: Int64, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
    }

    /// Hands the content to a closure piece by piece and returns its size.
    func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Int64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: StoreLimits.bufferBytes, alignment: 16)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            let count = try read(into: buffer, at: offset)
            if count == 0 { return offset }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
    }

    /// Makes the content durable.
    func sync() throws {
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw StoreError.system(errno, what: "cannot make durable", at: path) }
        }
    }

    /// Cuts or extends the file.
    func truncate(to size: Int64) throws {
        guard ftruncate(descriptor, off_t(size)) == 0 else {
            throw StoreError.system(errno, what: "cannot cut a file", at: path)
        }
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
            if count < 0 {
                if errno == EINTR { continue }
                throw StoreError.system(errno, what: "cannot read a file", at: path)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }
}
