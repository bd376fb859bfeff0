public import TensorCore

extension CPUBackend: RehearsingBackend {
    /// A backend that takes the memory of every operation, in the same order and at the same addresses as one that
    /// computes, but computes nothing and fills nothing: what a render will need is known before it begins.
    ///
    /// - Parameter threads: how many threads the other one has; scratch memory depends on it.
    /// - Returns: the backend.
    public static func rehearsal(threads: Int? = nil) -> CPUBackend { CPUBackend(threads: threads, computes: false) }

    /// The most bytes that were ever resident for tensors and scratch.
    public var greatestBytes: Int { allocator.greatestResidentBytes }

    /// Lets all constants go, hands back what is unused, and begins to count anew.
    public func rehearseAgain() {
        letGoOfConstants(madeSince: 0)
        allocator.forgetGreatest()
        expectedSeconds = 0
    }

    /// Seconds of an operation on one ordinary core, of which only the ratios mean anything.
    func expectedSeconds(of operation: Operation, _ inputs: [Input], _ output: Shape) -> Double {
        func product(_ factors: Int...) -> Double { factors.reduce(2) { $0 * Double($1) } }
        func convolution(_ geometry: Convolution, _ x: Shape, pixels: Int, outputs: Int) -> Double {
            let extents = ConvolutionExtents(
                samples: x[0], height: x[1], width: x[2], inputs: x[3], outputs: outputs, geometry)
            return product(pixels, geometry.kernel, geometry.kernel, x[3])
                / (extents.suitsWinograd ? ExpectedRate.winograd : ExpectedRate.product)
        }
        /// Of an enlarged picture, whichever way; `picture` has its size.
        func upsampledConvolution(
            _ circular: CircularAxes, picture: Shape, inputs: Int, outputs: Int
        ) -> Double {
            let enlarged: Shape = [picture[0], picture[1], picture[2], inputs]
            let composed = convolution(
                .same3x3, enlarged, pixels: enlarged.count / inputs * outputs, outputs: outputs)
            let polyphase = PolyphaseExtents(
                samples: picture[0], height: picture[1] / 2, width: picture[2] / 2, inputs: inputs, outputs: outputs)
            return polyphase.suits(circular)
                ? composed * ExpectedRate.polyphase : composed + 5 * Double(enlarged.count) / ExpectedRate.bytes
        }
        /// Few rows are slower: a product copies the whole matrix of weights however many they are.
        func weighted(_ rows: Int, _ seconds: Double) -> Double {
            seconds * (1 + Double(ExpectedRate.copiedRows) / Double(rows))
        }
        switch operation {
        case .linear:
            let (rows, width) = (inputs[0].shape.count / inputs[1].shape[1], inputs[1].shape[1])
            return weighted(rows, product(output.count, width) / ExpectedRate.product)
        case .linearInputGradient:
            let (rows, width) = (output.count / inputs[0].shape[1], inputs[0].shape[1])
            return weighted(rows, product(inputs[1].shape.count, width) / ExpectedRate.product)
        case .conv2d(let geometry):
            return convolution(geometry, inputs[0].shape, pixels: output.count, outputs: output[3])
        case .conv2dInputGradient(let geometry, _, _):
            let isSame = geometry.stride == 1
            return isSame
                ? convolution(geometry, inputs[1].shape, pixels: output.count, outputs: output[3])
                : product(inputs[1].shape.count, geometry.kernel, geometry.kernel, output[3]) / ExpectedRate.product
        case .upsampledConv2d(let circular):
            return upsampledConvolution(circular, picture: output, inputs: inputs[1].shape[3], outputs: output[3])
        case .upsampledConv2dInputGradient(let circular):
            let weight = inputs[0].shape
            return upsampledConvolution(circular, picture: inputs[1].shape, inputs: weight[3], outputs: weight[0])
        case .attention: return 2 * product(output.count, output[1]) / ExpectedRate.attention
        case .attentionGradient:
            return 5 * product(inputs[1].shape.count, inputs[1].shape[1]) / ExpectedRate.attention
        case .nearestCode: return product(inputs[0].shape.count, inputs[1].shape[0]) / ExpectedRate.product
        default:
            return 4 * Double(inputs.reduce(output.count) { $0 + $1.shape.count }) / ExpectedRate.bytes
        }
    }

    /// Seconds of transforming kernels `[O, 3, 3, I]`.
    func expectedSeconds(ofTransforming kernel: Shape, positions: Int = Winograd.positions) -> Double {
        4 * Double(positions * kernel[0] * kernel[3]) / ExpectedRate.transformedBytes
    }
}

/// What one core of the machines of the benchmarks does in a second.
private enum ExpectedRate {
    /// Multiplications and additions of matrix products.
    static let product = 65e9
    /// Of the direct form of convolutions by Winograd's method.
    static let winograd = 170e9
    /// Time of a convolution of an enlarged picture by phases, as a share of that of the enlarged picture.
    static let polyphase = 0.7
    /// Of attention.
    static let attention = 20e9
    /// Rows of a product that take as long as copying its weights.
    static let copiedRows = 25
    /// Bytes of kernels that are transformed.
    static let transformedBytes = 1.5e9
    /// Bytes read and written by what is no product.
    static let bytes = 5e9
}
