public import TensorCore

extension Checkpoint {
    /// Extents of a tensor that must be there with so many axes.
    ///
    /// - Throws: `CheckpointError` that names the tensor as the file does; `hint` says what to do where it is missing.
    public func extents(of name: String, axes: Int, hint: String? = nil) throws(CheckpointError) -> Shape {
        guard let shape = shape(of: name) else {
            throw CheckpointError(path: path, message: "has no tensor '\(storedName(of: name))'", hint: hint)
        }
        guard shape.rank == axes else {
            throw CheckpointError(
                path: path,
                message: "tensor '\(storedName(of: name))' has shape \(shape), expected \(axes) axes")
        }
        return shape
    }

    /// How many parts there are: the first whole number for which `name` gives no tensor, at most `limit`.
    public func parts(limit: Int, _ name: (Int) -> String) -> Int {
        (0..<limit).first { shape(of: name($0)) == nil } ?? limit
    }
}
