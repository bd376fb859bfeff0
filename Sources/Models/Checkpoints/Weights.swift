public import TensorCore

/// Makes layers out of a checkpoint, under a prefix, with every shape checked.
///
/// The layers' own layouts differ from the stored ones: convolutions come as `[out, in, kh, kw]` and are kept as
/// `[out, kh, kw, in]`. A tensor that is missing, misshapen or not finite gives a `CheckpointError` with its name.
public struct Weights {
    /// Where the tensors come from.
    public let checkpoint: any Checkpoint
    /// What stands before every name; empty or ending in a dot.
    public let prefix: String
    /// Where the layers' tensors go.
    public let backend: any Backend

    /// Reads a checkpoint from the top.
    public init(_ checkpoint: any Checkpoint, prefix: String = "", on backend: any Backend) {
        self.checkpoint = checkpoint
        self.prefix = prefix
        self.backend = backend
    }

    /// The weights of a part: `weights.scope("decoder.mid")`.
    public func scope(_ part: String) -> Weights {
        Weights(checkpoint, prefix: "\(prefix)\(part).", on: backend)
    }

    /// `part.weight` `[out, in]` and `part.bias` `[out]`.
    public func linear(_ part: String, out: Int, in inputs: Int, bias: Bool = true) throws(CheckpointError) -> Linear {
        Linear(
            weight: try matrix("\(part).weight", rows: out, columns: inputs),
            bias: bias ? try vector("\(part).bias", count: out) : nil)
    }

    /// 1×1 convolutions `[out, in, 1, 1]` as one linear layer, the outputs of several side by side.
    public func pointwise(_ parts: String..., out: Int, in inputs: Int) throws(CheckpointError) -> Linear {
        Linear(
            weight: try constant(
                [parts.count * out, inputs], of: parts.map { ("\($0).weight", [out, inputs, 1, 1]) }),
            bias: try constant([parts.count * out], of: parts.map { ("\($0).bias", [out]) }))
    }

    /// `part.weight` `[out, in, k, k]`, turned channels last, and `part.bias` `[out]`.
    public func conv2d(
        _ part: String, out: Int, in inputs: Int, _ convolution: Convolution, bias: Bool = true
    ) throws(CheckpointError) -> Conv2d {
        let kernel = convolution.kernel
        let area = kernel * kernel
        return Conv2d(
            weight: try constant(
                [out, kernel, kernel, inputs], of: [("\(part).weight", [out, inputs, kernel, kernel])]
            ) { Self.turnChannelsLast($0, into: $1, out: out, in: inputs, area: area) },
            bias: bias ? try vector("\(part).bias", count: out) : nil, convolution)
    }

    /// `part.weight` and `part.bias` of a GroupNorm.
    public func groupNorm(
        _ part: String, channels: Int, groups: Int = 32, epsilon: Float = 1e-6
    ) throws(CheckpointError) -> GroupNorm {
        GroupNorm(
            scale: try vector("\(part).weight", count: channels), shift: try vector("\(part).bias", count: channels),
            groups: groups, epsilon: epsilon)
    }

    /// `part.weight` and `part.bias` of a LayerNorm.
    public func layerNorm(_ part: String, channels: Int, epsilon: Float = 1e-5) throws(CheckpointError) -> LayerNorm {
        LayerNorm(
            scale: try vector("\(part).weight", count: channels), shift: try vector("\(part).bias", count: channels),
            epsilon: epsilon)
    }

    /// A tensor `[count]`.
    public func vector(_ name: String, count: Int) throws(CheckpointError) -> Tensor { try tensor(name, [count]) }

    /// A tensor `[rows, columns]`.
    public func matrix(_ name: String, rows: Int, columns: Int) throws(CheckpointError) -> Tensor {
        try tensor(name, [rows, columns])
    }

    /// The elements of a tensor in the stored layout, checked for shape and finiteness.
    public func host(_ name: String, _ expected: Shape) throws(CheckpointError) -> [Float] {
        try withHost(name, expected) { Array($0) }
    }

    /// Lends the elements of a tensor in the stored layout, checked for shape and finiteness.
    private func withHost<Result>(
        _ name: String, _ expected: Shape, _ body: (UnsafeBufferPointer<Float>) -> Result
    ) throws(CheckpointError) -> Result {
        let name = prefix + name
        guard backend.computes else {
            try check(checkpoint.shape(of: name) ?? expected, of: name, expected)
            return [Float](repeating: 0, count: expected.count).withUnsafeBufferPointer(body)
        }
        return try checkpoint.withTensor(named: name) { shape, values throws(CheckpointError) in
            try check(shape, of: name, expected)
            guard Self.areFinite(values) else {
                throw CheckpointError(
                    path: checkpoint.path,
                    message: "tensor '\(checkpoint.storedName(of: name))' holds values that are not finite",
                    hint: "the checkpoint is damaged or its training diverged")
            }
            return body(values)
        }
    }

    private func check(_ shape: Shape, of name: String, _ expected: Shape) throws(CheckpointError) {
        guard shape == expected else {
            throw CheckpointError(
                path: checkpoint.path,
                message: "tensor '\(checkpoint.storedName(of: name))' has shape \(shape), expected \(expected)",
                hint: "is this the checkpoint that the configuration describes?")
        }
    }

    private func tensor(_ name: String, _ shape: Shape) throws(CheckpointError) -> Tensor {
        try constant(shape, of: [(name, shape)])
    }

    /// A constant out of stored tensors, one after the other in equal parts.
    ///
    /// They are checked now. A large one is read when it is first needed, and again if the backend let go of it.
    /// - Parameters:
    ///   - shape: its extents.
    ///   - parts: names and shapes of the stored tensors.
    ///   - arrange: writes the values of a part where the second argument begins; copies them unless given.
    /// - Returns: the constant.
    /// - Throws: `CheckpointError` for a tensor that is missing, misshapen or not finite.
    public func constant(
        _ shape: Shape, of parts: [(name: String, shape: Shape)],
        _ arrange: @escaping (UnsafeBufferPointer<Float>, UnsafeMutablePointer<Float>) -> Void = { source, target in
            if let base = source.baseAddress { target.update(from: base, count: source.count) }
        }
    ) throws(CheckpointError) -> Tensor {
        // Where nothing is computed shapes are all that matters, and no value is read.
        guard backend.computes else {
            for part in parts {
                try check(checkpoint.extents(of: prefix + part.name, axes: part.shape.rank), of: part.name, part.shape)
            }
            guard shape.count < Limits.constantElements else { return Tensor(constant: shape, on: backend) { _ in } }
            return Tensor(repeating: 0, shape: shape, on: backend)
        }
        for part in parts { try withHost(part.name, part.shape) { _ in } }
        func write(into target: UnsafeMutableBufferPointer<Float>) {
            guard let base = target.baseAddress else { return }
            for (place, part) in parts.enumerated() {
                do {
                    try withHost(part.name, part.shape) { arrange($0, base + place * (shape.count / parts.count)) }
                } catch {
                    preconditionFailure("a checkpoint changed while it was in use: \(error)")
                }
            }
        }
        guard shape.count < Limits.constantElements else {
            return Tensor(constant: shape, on: backend, write: write)
        }
        let values = [Float](unsafeUninitializedCapacity: shape.count) { memory, count in
            write(into: memory)
            count = shape.count
        }
        return Tensor(values, shape: shape, on: backend)
    }

    private static func turnChannelsLast(
        _ source: UnsafeBufferPointer<Float>, into target: UnsafeMutablePointer<Float>, out: Int, in inputs: Int,
        area: Int
    ) {
        for o in 0..<out {
            let block = o * inputs * area
            for k in 0..<area {
                for i in 0..<inputs { target[block + k * inputs + i] = source[block + i * area + k] }
            }
        }
    }

    /// The largest exponent tells: a maximum of whole numbers is vectorised, a test per element is not.
    private static func areFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
        var largest: UInt32 = 0
        for value in values { largest = max(largest, value.bitPattern & 0x7F80_0000) }
        return largest < 0x7F80_0000
    }
}
