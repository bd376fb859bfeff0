import TensorCore
import Testing

@testable import TensorCPU

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

    /// Pictures of 256 tiles and more, which are enlarged by phases.
    @Test(
        "By phases the error is below 2e-5 of the largest output at any size and magnitude",
        arguments: [(64, 64, 16, 16), (61, 63, 17, 24), (62, 65, 24, 17)], [1e-12, 1, 1e12] as [Float])
    func phases(_ size: (height: Int, width: Int, inputs: Int, outputs: Int), magnitude: Float) {
        let picture = Filling.uniform([1, size.height, size.width, size.inputs], 0, magnitude)
        let kernel = Filling.normal([size.outputs, 3, 3, size.inputs])
        let cotangent = Filling.uniform(
            [1, 2 * size.height, 2 * size.width, size.outputs], -magnitude, magnitude)
        let ways = [
            OperationCase(.upsampledConv2d([]), [picture, kernel]),
            OperationCase(.upsampledConv2dInputGradient([]), [kernel, cotangent]),
        ]
        for way in ways {
            let expected = way.operation.reference(way.references).values
            let scale = expected.map(abs).max() ?? 0
            let result = way.run(on: CPUBackend(threads: 2))
            let worst = zip(result, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
            #expect(result.count == expected.count && worst <= 2e-5 * scale, "\(way): \(worst / scale)")
        }
    }

    @Test("Phases give what enlarging and convolving give, and so does the gradient", arguments: [64, 67])
    func composed(side: Int) {
        let backend = CPUBackend(threads: 2)
        var numbers = Philox(seed: 8, stream: 1)
        let (inputs, outputs) = (144, 72)
        let conv = Conv2d(
            weight: Tensor(numbers.normals(outputs * 9 * inputs), shape: [outputs, 3, 3, inputs], on: backend),
            bias: Tensor(numbers.normals(outputs), shape: [outputs], on: backend), .same3x3)
        let x = Tensor(
            numbers.normals(side * side * inputs), shape: [1, side, side, inputs], on: backend
        ).tracked()
        let cotangent = Tensor(
            numbers.normals(4 * side * side * outputs), shape: [1, 2 * side, 2 * side, outputs], on: backend)
        let (phases, composed) = (conv.upsampling(x), conv(Tensor.apply(.upsampleNearest(factor: 2), [x])))
        let gradients = [phases, composed].map {
            gradient(of: $0, withRespectTo: [x], cotangent: cotangent)[0].values
        }
        for (found, expected) in [(phases.values, composed.values), (gradients[0], gradients[1])] {
            let scale = expected.map(abs).max() ?? 0
            let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(scale > 0 && found.count == expected.count && worst <= 2e-5 * scale, "\(worst / scale)")
        }
    }

    /// As `cases`, with multiples of the tiles of 6 and more of them than are computed position by position.
    static let largeCases: [(height: Int, width: Int, inputs: Int, outputs: Int, magnitude: Float)] =
        [(24, 24), (27, 23), (6, 31), (97, 98)].flatMap { height, width in
            [(16, 24), (40, 17)].flatMap { inputs, outputs in
                [1e-12, 1, 1e12].map { (height, width, inputs, outputs, $0) }
            }
        }

    /// Such pictures are too small for large tiles to pay, so they are asked for.
    @Test(
        "The error of large tiles is below 4e-5 of the largest output at any size and magnitude", arguments: largeCases)
    func large(height: Int, width: Int, inputs: Int, outputs: Int, magnitude: Float) {
        let backend = CPUBackend(threads: 2)
        let kernel = Filling.normal([outputs, 3, 3, inputs]).values(seed: 4, lane: 1)
        func input(_ values: [Float], _ shape: Shape) -> Input {
            Input(shape: shape, buffer: CPUBackend.memory(of: Tensor(values, shape: shape, on: backend).buffer))
        }
        func check(mirrored: Bool, from channels: Int, to results: Int, _ operation: Operation, addsSummand: Bool) {
            let low = mirrored ? -magnitude : 0
            let x = Filling.uniform([1, height, width, channels], low, magnitude).values(seed: 4, lane: 2)
            let summand = Filling.uniform([1, height, width, results], low, magnitude).values(seed: 4, lane: 3)
            let references = [Reference(x.shape, x.values), Reference(kernel.shape, kernel.values)]
            var expected = operation.reference(mirrored ? references.reversed() : references).values
            if addsSummand { for i in expected.indices { expected[i] += Double(summand.values[i]) } }
            let extents = ConvolutionExtents(
                samples: 1, height: height, width: width, inputs: channels, outputs: results, .same3x3)
            let (source, weight) = (input(x.values, x.shape), input(kernel.values, kernel.shape))
            let (other, result) = (input(summand.values, summand.shape), backend.allocate(expected.count))
            backend.winograd(
                extents, tile: .large, source.pointer, weight: weight, mirrored: mirrored,
                summand: addsSummand ? UnsafePointer(other.pointer) : nil, into: result.pointer)
            let scale = expected.map(abs).max() ?? 0
            let worst =
                expected.indices.map { abs(Double(result.pointer[$0]) - expected[$0]) }.max() ?? .infinity
            #expect(worst <= 4e-5 * scale, "mirrored \(mirrored): \(worst / scale)")
        }
        check(mirrored: false, from: inputs, to: outputs, .conv2d(.same3x3), addsSummand: false)
        check(mirrored: false, from: inputs, to: outputs, .conv2d(.same3x3), addsSummand: true)
        check(
            mirrored: true, from: outputs, to: inputs, .conv2dInputGradient(.same3x3, height: height, width: width),
            addsSummand: false)
    }

    @Test("Large pictures of few channels are cut into large tiles, others are not")
    func tiles() {
        func tile(_ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int) -> WinogradTile {
            ConvolutionExtents(samples: 1, height: height, width: width, inputs: inputs, outputs: outputs, .same3x3)
                .winogradTile
        }
        #expect(tile(512, 512, 128, 128) == .large && tile(768, 384, 256, 128) == .large)
        #expect(tile(256, 256, 128, 128) == .small && tile(512, 512, 256, 256) == .small)
        // A band of four rows would be mostly empty tiles.
        #expect(tile(4, 40_000, 128, 128) == .small)
    }

    /// Kernels too large for naive sums: 8×8 tiles, which are computed slice by slice under the first two and turn the
    /// gradient's kernel under the third, beside 16×16 which do neither.
    @Test(
        "Few tiles under a large kernel give what many of them give, both ways and with any number of threads",
        arguments: [(516, 509), (512, 512), (200, 203)])
    func sliced(inputs: Int, outputs: Int) {
        let backend = CPUBackend(threads: 2)
        var numbers = Philox(seed: 3, stream: 1)
        let kernel = Tensor(numbers.normals(outputs * 9 * inputs), shape: [outputs, 3, 3, inputs], on: backend)
        func part(of x: Tensor, row: Int, _ rows: Int, column: Int, _ columns: Int) -> Tensor {
            x.slice(axis: 1, start: row, count: rows).slice(axis: 2, start: column, count: columns)
        }
        let ways: [(Int, (Tensor) -> Tensor)] = [
            (inputs, { Tensor.apply(.conv2d(.same3x3), [$0, kernel]) }),
            (
                outputs,
                {
                    let size = $0.shape
                    return Tensor.apply(
                        .conv2dInputGradient(.same3x3, height: size[1], width: size[2]), [kernel, $0])
                }
            ),
        ]
        for (channels, way) in ways {
            let whole = Tensor(numbers.normals(64 * 64 * channels), shape: [1, 64, 64, channels], on: backend)
            let few = way(part(of: whole, row: 16, 32, column: 16, 29))
            // At its borders a part sees zeros where the whole has pixels.
            let found = part(of: few, row: 1, 30, column: 1, 27).values
            let expected = part(of: way(whole), row: 17, 30, column: 17, 27).values
            let scale = expected.map(abs).max() ?? 0
            let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(scale > 0 && found.count == expected.count && worst <= 2e-5 * scale, "\(worst / scale)")
        }
        let part = numbers.normals(32 * 29 * inputs)
        let bits = [1, 2, 3].map { threads in
            let backend = CPUBackend(threads: threads)
            let kernel = Tensor(kernel.values, shape: kernel.shape, on: backend)
            let few = Tensor(part, shape: [1, 32, 29, inputs], on: backend)
            return Tensor.apply(.conv2d(.same3x3), [few, kernel]).values.map(\.bitPattern)
        }
        #expect(bits[0] == bits[1] && bits[0] == bits[2])
    }
}
