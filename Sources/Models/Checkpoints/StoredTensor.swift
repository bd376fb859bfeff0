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
        HostTensor(shape: shape, values: type.floats(bytes(in: file), layout))
    }

    /// Shows the elements where they lie if they are single precision, side by side and aligned; nil otherwise.
    func withMappedValues<Result>(
        in file: MappedFile, _ body: (UnsafeBufferPointer<Float>) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result? {
        #if _endian(little)
            let bytes = bytes(in: file)
            let start = layout.offset * type.size
            guard type == .f32, layout.isContiguous, layout.count > 0,
                let address = bytes.baseAddress?.advanced(by: start),
                Int(bitPattern: address).isMultiple(of: MemoryLayout<Float>.alignment)
            else { return nil }
            let elements = UnsafeRawBufferPointer(rebasing: bytes[start..<start + layout.count * type.size])
            return try body(elements.assumingMemoryBound(to: Float.self))
        #else
            return nil
        #endif
    }

    private func bytes(in file: MappedFile) -> UnsafeRawBufferPointer {
        precondition(storage.upperBound <= file.bytes.count, "\(storage) lies beyond \(file.bytes.count) bytes")
        return UnsafeRawBufferPointer(rebasing: file.bytes[storage])
    }
}
