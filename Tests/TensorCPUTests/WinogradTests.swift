import TensorCPU
import TensorCore
import Testing

@Suite("Winograd's transforms")
struct WinogradTests {
    /// Sizes that are multiples of the tiles of 4, that leave every remainder, and that are computed block by block or
    /// position by position; magnitudes from tiny to huge.
    static let cases: [(height: Int, width: Int, inputs: Int, outputs: Int, magnitude: Float)] =
        [(24, 24), (25, 26), (27, 23), (61, 60)].flatMap { height, width in
            [(16, 24), (40, 17)].flatMap { inputs, outputs in
                [1e-12, 1, 1e12].map { (height, width, inputs, outputs, $0) }
            }
        }

    /// Both ways of a 3×3 convolution of samples that are all positive, where nothing cancels in the sums but much in
    /// the transforms.
    @Test("The error is below 2e-5 of the largest output at any size and magnitude", arguments: cases)
    func bounded(height: Int, width: Int, inputs: Int, outputs: Int, magnitude: Float) {
        let picture = Filling.uniform([1, height, width, inputs], 0, magnitude)
        let kernel = Filling.normal([outputs, 3, 3, inputs])
        let cotangent = Filling.uniform([1, height, width, outputs], -magnitude, magnitude)
        let ways = [
            OperationCase(.conv2d(.same3x3), [picture, kernel]),
            OperationCase(.conv2dInputGradient(.same3x3, height: height, width: width), [kernel, cotangent]),
        ]
        for way in ways {
            let expected = way.operation.reference(way.references).values
            let scale = expected.map(abs).max() ?? 0
            let result = way.run(on: CPUBackend(threads: 2))
            let worst = zip(result, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
            #expect(result.count == expected.count && worst <= 2e-5 * scale, "\(way): \(worst / scale)")
        }
    }
}
