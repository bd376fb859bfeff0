/// Opens a checkpoint of whatever container is read, told by the file's first bytes.
///
/// - Parameter path: a safetensors file, a PyTorch checkpoint of any version since 0.4, or a TorchScript archive.
/// - Returns: the tensors of the file.
/// - Throws: `CheckpointError` that names the container where it is one that is not read, and says what is wrong with
///   one that is.
public func openCheckpoint(at path: String) throws(CheckpointError) -> any FileCheckpoint {
    try openCheckpoint(MappedFile(path: path))
}

/// Opens a checkpoint that is mapped already.
func openCheckpoint(_ file: MappedFile) throws(CheckpointError) -> any FileCheckpoint {
    switch Container(of: file.bytes) {
    case .safetensors:
        return try SafetensorsFile(file)
    case .zip:
        return try TorchArchive.open(file)
    case .pickle:
        return try LegacyTorchFile.open(file)
    case .other(let name, let hint):
        throw CheckpointError(path: file.path, message: "is \(name), which is not read", hint: hint)
    case .unknown:
        if file.path.hasSuffix(".safetensors") { return try SafetensorsFile(file) }
        throw CheckpointError(
            path: file.path, message: "is not a checkpoint of a known kind",
            hint: "safetensors files, PyTorch checkpoints and TorchScript archives are read")
    }
}

/// What a file's first bytes say it is.
private enum Container {
    case safetensors
    case zip
    case pickle
    case other(String, hint: String)
    case unknown

    init(of bytes: UnsafeRawBufferPointer) {
        func starts(with magic: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + magic.count && bytes[offset...].starts(with: magic)
        }
        let convert = "convert it to safetensors (in PyTorch: safetensors.torch.save_file of its state_dict)"
        if starts(with: Array("PK\u{3}\u{4}".utf8)) {
            self = .zip
        } else if starts(with: [UInt8(ascii: "{")], at: 8) {
            self = .safetensors
        } else if starts(with: [0x80]), bytes.count > 1, (1...5).contains(bytes[1]) {
            self = .pickle
        } else if starts(with: Array("ustar".utf8), at: 257) {
            self = .other(
                "a tar archive, as the first versions of PyTorch wrote",
                hint: "load it in PyTorch and save it again; if the checkpoint was packed into it, unpack it first")
        } else if starts(with: [0x1F, 0x8B]) {
            self = .other("a gzip file", hint: "unpack it first")
        } else if starts(with: [0x89] + Array("HDF".utf8)) {
            self = .other("an HDF5 file", hint: convert)
        } else if starts(with: Array("version https://git-lfs".utf8)) {
            self = .other("a Git LFS pointer instead of the file it stands for", hint: "fetch the file: git lfs pull")
        } else {
            self = .unknown
        }
    }
}
