public import Checkpoints
public import TensorCore

/// A checkpoint of random weights that lies nowhere: every tensor is made when it is asked for.
///
/// Only shapes matter for speed and memory, so a benchmark needs no file. Matrices and kernels are normal with a
/// variance of 1 over the number of inputs, so that activations keep their size; scales of norms are 1, other vectors 0.
public struct SyntheticCheckpoint: Checkpoint {
    /// What messages name.
    public let path: String
    /// Names of all tensors.
    public let names: [String]
    private let shapes: [String: Shape]

    /// Makes a checkpoint of these tensors, in PyTorch's layouts.
    public init(_ name: String, tensors: [(name: String, shape: Shape)]) {
        path = name
        names = tensors.map(\.name)
        shapes = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) })
    }

    /// Extents of a tensor.
    public func shape(of name: String) -> Shape? { shapes[name] }

    /// The same random values in every run.
    public func tensor(named name: String) throws(CheckpointError) -> HostTensor {
        guard let shape = shapes[name], let place = names.firstIndex(of: name) else {
            throw CheckpointError(path: path, message: "has no tensor '\(name)'")
        }
        if shape.rank == 1 {
            let value: Float = name.hasSuffix("weight") ? 1 : 0
            return HostTensor(shape: shape, values: [Float](repeating: value, count: shape.count))
        }
        var numbers = Philox(seed: 1, stream: UInt32(place))
        let deviation = 1 / Float(shape.count / shape[0]).squareRoot()
        return HostTensor(shape: shape, values: numbers.normals(shape.count).map { $0 * deviation })
    }
}
