import Checkpoints
import TensorCore

/// A folder of expected values: what it is about, and the tensors, with what is read from it checked.
struct ParityFolder {
    let path: String
    let about: Configuration
    let expected: any Checkpoint

    init(_ path: String) throws(CheckpointError) {
        self.path = path
        about = try Configuration.read("\(path)/about.json")
        expected = try openCheckpoint(at: "\(path)/expected.safetensors")
    }

    /// The path of a file that `about.json` names, relative to the folder.
    func file(_ key: String) throws(CheckpointError) -> String? {
        guard let name = try about.textIfGiven(key) else { return nil }
        return name.hasPrefix("/") ? name : "\(path)/\(name)"
    }

    /// The path of a file that `about.json` must name.
    func requiredFile(_ key: String) throws(CheckpointError) -> String {
        guard let file = try file(key) else { throw about.error(key, "is missing") }
        return file
    }

    /// A tensor as stored; nil where the folder holds none of that name.
    func tensor(_ name: String) throws(CheckpointError) -> HostTensor? {
        expected.shape(of: name) == nil ? nil : try expected.tensor(named: name)
    }

    /// A tensor `[N, channels, H, W]`.
    func picture(_ name: String, channels: Int) throws(CheckpointError) -> HostTensor? {
        guard let tensor = try tensor(name) else { return nil }
        guard tensor.shape.rank == 4, tensor.shape[1] == channels else {
            throw refused(name, "has shape \(tensor.shape), expected N×\(channels)×H×W")
        }
        return tensor
    }

    /// A tensor of a known shape.
    func tensor(_ name: String, _ shape: Shape) throws(CheckpointError) -> HostTensor? {
        guard let tensor = try tensor(name) else { return nil }
        guard tensor.shape == shape else { throw refused(name, "has shape \(tensor.shape), expected \(shape)") }
        return tensor
    }

    func refused(_ name: String, _ message: String) -> CheckpointError {
        CheckpointError(path: expected.path, message: "tensor '\(name)' \(message)")
    }
}

extension HostTensor {
    /// A stored `[N, C, H, W]` as `[N, H, W, C]` on a backend.
    func channelsLast(on backend: any Backend) -> Tensor {
        let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
        return Tensor(
            Self.exchanged(values, outer: n, rows: c, columns: h * w), shape: [n, h, w, c], on: backend)
    }

    /// Matrices, one after the other, with rows and columns exchanged.
    static func exchanged(_ values: [Float], outer: Int, rows: Int, columns: Int) -> [Float] {
        var result = [Float](repeating: 0, count: values.count)
        for block in 0..<outer {
            let start = block * rows * columns
            for row in 0..<rows {
                for column in 0..<columns {
                    result[start + column * rows + row] = values[start + row * columns + column]
                }
            }
        }
        return result
    }
}

extension Tensor {
    /// The elements of `[N, H, W, C]` in the order of `[N, C, H, W]`.
    var channelsFirst: [Float] {
        HostTensor.exchanged(values, outer: shape[0], rows: shape[1] * shape[2], columns: shape[3])
    }
}
