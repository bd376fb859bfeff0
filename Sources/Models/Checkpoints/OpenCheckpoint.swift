/// Opens a checkpoint of whatever container is read, told by the file's first bytes.
///
/// - Parameter path: a safetensors file.
/// - Returns: the tensors of the file.
/// - Throws: `CheckpointError` that names the container where it is one that is not read.
public func openCheckpoint(at path: String) throws(CheckpointError) -> any Checkpoint {
    let file = try MappedFile(path: path)
    switch Container(of: file.bytes) {
    case .safetensors:
        return try SafetensorsFile(file)
    case .other(let name):
        throw CheckpointError(
            path: path, message: "is \(name), which is not read yet",
            hint: "convert it to safetensors (in PyTorch: safetensors.torch.save_file of its state_dict)")
    case .unknown:
        if path.hasSuffix(".safetensors") { return try SafetensorsFile(file) }
        throw CheckpointError(
            path: path, message: "is not a checkpoint of a known kind", hint: "safetensors files are read")
    }
}

/// What a file's first bytes say it is.
private enum Container {
    case safetensors
    case other(String)
    case unknown

    init(of bytes: UnsafeRawBufferPointer) {
        func starts(with magic: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + magic.count && zip(magic, bytes[offset...]).allSatisfy(==)
        }
        if starts(with: Array("PK\u{3}\u{4}".utf8)) {
            self = .other("a zip archive as PyTorch and TorchScript write it")
        } else if starts(with: [UInt8(ascii: "{")], at: 8) {
            self = .safetensors
        } else if starts(with: [0x80]), bytes.count > 1, (1...5).contains(bytes[1]) {
            self = .other("a pickle as PyTorch wrote it before version 1.6")
        } else if starts(with: Array("ustar".utf8), at: 257) {
            self = .other("a tar archive")
        } else if starts(with: [0x1F, 0x8B]) {
            self = .other("a gzip file")
        } else if starts(with: [0x89] + Array("HDF".utf8)) {
            self = .other("an HDF5 file")
        } else if starts(with: Array("version https://git-lfs".utf8)) {
            self = .other("a Git LFS pointer instead of the file it stands for")
        } else {
            self = .unknown
        }
    }
}
