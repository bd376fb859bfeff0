import TensorCore

/// A tensor's place in a mapped file, checked against the file's size.
struct StoredTensor {
    let type: ElementType
    /// Its storage, which other tensors may share.
    let storage: Range<Int>
    let layout: StridedLayout

    /// Extents; the tensor has elements.
    var shape: Shape { Shape(layout.extents) }

    /// The elements in single precision.
    func values(in file: MappedFile) -> HostTensor {
        defer { file.release(storage) }
        return HostTensor(shape: shape, values: type.floats(bytes(in: file), layout))
    }

    /// Lends extents and elements; they are converted only where the file does not hold them as they are used.
    func withValues<Result>(
        in file: MappedFile, _ body: (Shape, UnsafeBufferPointer<Float>) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        if let mapped = mappedValues(in: file) {
            defer { file.release(storage) }
            return try body(shape, mapped)
        }
        return try values(in: file).lend(body)
    }

    /// The elements where they lie if they are single precision, side by side and aligned; nil otherwise.
    private func mappedValues(in file: MappedFile) -> UnsafeBufferPointer<Float>? {
        #if _endian(little)
            let bytes = bytes(in: file)
            let start = layout.offset * type.size
            guard type == .f32, layout.isContiguous, let address = bytes.baseAddress?.advanced(by: start),
                Int(bitPattern: address).isMultiple(of: MemoryLayout<Float>.alignment)
            else { return nil }
            let elements = UnsafeRawBufferPointer(rebasing: bytes[start..<start + layout.count * type.size])
            return elements.assumingMemoryBound(to: Float.self)
        #else
            return nil
        #endif
    }

    private func bytes(in file: MappedFile) -> UnsafeRawBufferPointer {
        precondition(storage.upperBound <= file.bytes.count, "\(storage) lies beyond \(file.bytes.count) bytes")
        return UnsafeRawBufferPointer(rebasing: file.bytes[storage])
    }
}
