import Glibc

/// A regular file's bytes, mapped read-only for as long as this object lives.
final class MappedFile {
    let path: String
    let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// Maps the whole file; an empty one has no bytes.
    init(path: String) throws(CheckpointError) {
        func failure(_ action: String) -> CheckpointError {
            CheckpointError(
                path: path, message: "cannot be \(action): \(String(cString: strerror(errno)))", isOfTheSystem: true)
        }
        // Non-blocking, so that opening a named pipe fails the check below instead of waiting for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("examined") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointError(path: path, message: "is not a regular file", hint: "name the file itself")
        }
        self.path = path
        isMapped = true
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw failure("mapped")
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    /// Takes bytes that someone else keeps for as long as this object lives, as if they were a file's.
    init(path: String, borrowing bytes: UnsafeRawBufferPointer) {
        self.path = path
        self.bytes = bytes
        isMapped = false
    }

    /// Gives back the memory of pages that have been read; they are read again when needed.
    func release(_ range: Range<Int>) {
        let page = Int(getpagesize())
        let (start, end) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
        guard isMapped, start < end, let base = bytes.baseAddress else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }

    deinit {
        if isMapped, let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }
}
