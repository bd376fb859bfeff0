import TensorCore

/// The rows of an antialiased bilinear resize along one axis: `[output, input]`, row-major.
///
/// PyTorch's `interpolate(mode: bilinear, antialias: true, align_corners: false)`: a triangle around
/// `(i + ½)·input/output`, as wide as the reduction and at least one pixel to either side, cut off at the borders and
/// normalised. Enlarging, it is ordinary bilinear interpolation.
public func bilinearMatrix(from input: Int, to output: Int) -> [Float] {
    precondition(input > 0 && output > 0, "cannot resize \(input) pixels to \(output)")
    let scale = Double(input) / Double(output)
    let support = max(scale, 1)
    var matrix = [Float](repeating: 0, count: output * input)
    for row in 0..<output {
        let center = scale * (Double(row) + 0.5)
        let first = max(Int(center - support + 0.5), 0)
        let end = min(Int(center + support + 0.5), input)
        let weights = (first..<end).map { max(0, 1 - abs((Double($0) + 0.5 - center) / support)) }
        let sum = weights.reduce(0, +)
        for (offset, weight) in weights.enumerated() { matrix[row * input + first + offset] = Float(weight / sum) }
    }
    return matrix
}

extension Tensor {
    /// Pictures `[N, H, W, C]` resized with antialiased bilinear weights; the same size returns the same tensor.
    func resized(height: Int, width: Int) -> Tensor {
        if shape[1] == height, shape[2] == width { return self }
        let rows = Tensor(bilinearMatrix(from: shape[1], to: height), shape: [height, shape[1]], on: backend)
        let columns = Tensor(bilinearMatrix(from: shape[2], to: width), shape: [width, shape[2]], on: backend)
        return Tensor.apply(.separable, [self, rows, columns])
    }
}
