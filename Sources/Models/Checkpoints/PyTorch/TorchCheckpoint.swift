/// A file of PyTorch's, mapped: tensors are converted to single precision when asked for.
///
/// What the file describes is read as data by `Unpickler`; nothing in it is ever run. Tensors may share storages and lie
/// in them with any strides.
public struct TorchCheckpoint: FileCheckpoint {
    /// The forms in which PyTorch writes tensors.
    public enum Container: String, Sendable {
        /// The zip archive of `torch.save` since version 1.6.
        case zip = "PyTorch zip"
        /// The sequence of pickles and storages of `torch.save` before version 1.6.
        case legacy = "PyTorch legacy"
        /// The archive of `torch.jit.save`: a zip archive with code, which is not touched.
        case torchScript = "TorchScript"
    }

    /// The form of the file.
    public let container: Container
    /// Names of all weights in the order in which the file lists them; tensors without elements are left out.
    public let names: [String]
    /// Where its tensors lie.
    public let contents: StoredTensors
    /// The container's name.
    public var containerName: String { container.rawValue }

    /// Finds the place of every named tensor of what the file's pickle describes.
    ///
    /// `storageRange` tells where a storage lies in the file, nil where it is missing.
    init(
        _ file: MappedFile, _ container: Container, _ graph: PickleGraph, _ named: NamedTensors,
        storageRange: (PickledStorage) throws(CheckpointError) -> Range<Int>?
    ) throws(CheckpointError) {
        func malformed(_ message: String) -> CheckpointError {
            CheckpointError(
                path: file.path, message: "is not a sound \(container.rawValue) file: \(message)",
                hint: "fetch it again and compare its checksum")
        }
        var (names, tensors, total) = ([String](), [String: StoredTensor](), 0)
        for (name, number) in named.found {
            let tensor = graph.tensors[number]
            let storage = graph.storages[tensor.storage]
            guard var range = try storageRange(storage) else {
                throw malformed("tensor '\(name)' lies in storage '\(storage.key.prefix(80))', which is missing")
            }
            let (bytes, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
            guard !overflow, bytes == range.count else {
                throw malformed(
                    "storage '\(storage.key.prefix(80))' claims \(storage.count) elements of \(storage.type.rawValue), "
                        + "but has \(range.count) bytes")
            }
            if let view = storage.view {
                let start = range.lowerBound
                range = start + view.lowerBound * storage.type.size..<start + view.upperBound * storage.type.size
            }
            let layout: StridedLayout
            do throws(StridedLayout.Flaw) {
                layout = try StridedLayout(
                    offset: tensor.offset, extents: tensor.extents, strides: tensor.strides,
                    storageCount: range.count / tensor.type.size)
            } catch {
                throw malformed("tensor '\(name)' \(error.message)")
            }
            total += layout.count
            guard total <= Limits.totalElements else {
                throw malformed("its tensors have more than \(Limits.totalElements) elements")
            }
            if layout.count == 0 { continue }
            names.append(name)
            tensors[name] = StoredTensor(type: tensor.type, storage: range, layout: layout)
        }
        self.container = container
        self.names = names
        contents = StoredTensors(file: file, tensors: tensors)
    }
}
