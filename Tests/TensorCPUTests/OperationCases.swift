import TensorCore

/// The table: at least one row per case of `Operation`; odd sizes, every option, sizes beyond one chunk.
enum OperationCases {
    static let all: [OperationCase] =
        elementwise + linearAlgebra + convolutions + circularConvolutions + upsampledConvolutions + normalizations
        + resampling + colors
        + rearranging + losses

    static let elementwise: [OperationCase] =
        [
            OperationCase(.add, [.normal([3, 5]), .normal([3, 5])], differentiable: [0, 1]),
            OperationCase(.add, [.normal([2, 7, 3]), .normal([3])]),
            OperationCase(.add, [.normal([2, 5, 9]), .normal([5, 9])]),
            OperationCase(.add, [.normal([3, 150, 80]), .normal([150, 80])]),
            OperationCase(.subtract, [.normal([40_001]), .normal([40_001])], differentiable: [0, 1]),
            OperationCase(.multiply, [.normal([4, 11]), .normal([4, 11])], differentiable: [0, 1]),
            OperationCase(.multiply, [.normal([90, 200, 3]), .normal([3])]),
            OperationCase(.multiply, [.normal([6]), .normal([])]),
            OperationCase(.addPrefix, [.normal([3, 4, 5, 3]), .normal([3])]),
            OperationCase(.addPrefix, [.normal([2, 4, 5, 3]), .normal([2, 4, 5])]),
            OperationCase(.multiplyPrefix, [.normal([2, 100, 90, 3]), .normal([2])]),
            OperationCase(.multiplyPrefix, [.normal([2, 3, 5, 3]), .normal([2, 3, 5])]),
            OperationCase(.affine(scale: -1.5, shift: 0.25), [.normal([70_003])]),
            OperationCase(.affine(scale: 2, shift: 0), [.normal([])]),
            OperationCase(.clamp(low: -0.5, high: 0.5, .ordinary), [.normal([77])]),
            OperationCase(.clamp(low: -0.5, high: 0.5, .restoring), [.normal([77])], differentiable: []),
            OperationCase(.clampGradient(low: -0.5, high: 0.5, .ordinary), [.normal([77]), .normal([77])]),
            OperationCase(.clampGradient(low: -0.5, high: 0.5, .restoring), [.normal([77]), .normal([77])]),
            OperationCase(
                .clampChannels, [.normal([5, 3, 11]), .uniform([11], -1, 0), .uniform([11], 0, 1)],
                differentiable: []),
            OperationCase(.softmax, [.normal([3, 5])]),
            OperationCase(.softmax, [.uniform([700, 77], -30, 30)]),
            OperationCase(.softmaxGradient, [.uniform([9, 13], 0, 1), .normal([9, 13])]),
        ]
        + Activation.allCases.flatMap { activation in
            [
                OperationCase(.activation(activation), [.uniform([33_333], -9, 9)], tolerance: 1e-6),
                OperationCase(.activation(activation), [.uniform([3, 7], -100, 100)], tolerance: 1e-6),
                OperationCase(.activationGradient(activation), [.uniform([3, 101], -9, 9), .normal([3, 101])]),
            ]
        }

    static let linearAlgebra: [OperationCase] =
        [
            OperationCase(.linear, [.normal([1, 5]), .normal([3, 5])]),
            OperationCase(.linear, [.normal([2, 7, 33]), .normal([19, 33]), .normal([19])]),
            OperationCase(.linear, [.normal([530, 40]), .normal([600, 40]), .normal([600])]),
            OperationCase(.linearInputGradient, [.normal([19, 33]), .normal([2, 7, 19])]),
            OperationCase(.linearInputGradient, [.normal([40, 600]), .normal([300, 40])]),
        ]
        + [false, true].flatMap { causal in
            [
                OperationCase(.attention(heads: 1, causal: causal), [.normal([1, 1, 9])]),
                OperationCase(.attention(heads: 2, causal: causal), [.normal([3, 5, 24])]),
                OperationCase(.attention(heads: 4, causal: causal), [.normal([2, 50, 96])]),
                OperationCase(.attention(heads: 1, causal: causal), [.normal([1, 203, 24])]),
                OperationCase(.attention(heads: 4, causal: causal), [.normal([2, 203, 24])]),
                // So long that the way back computes the probabilities twice.
                OperationCase(.attention(heads: 2, causal: causal), [.normal([1, 1501, 18])]),
                OperationCase(
                    .attentionGradient(heads: 2, causal: causal), [.normal([2, 5, 24]), .normal([2, 5, 8])]),
                OperationCase(
                    .attentionGradient(heads: 3, causal: causal), [.normal([1, 9, 27]), .normal([1, 9, 9])]),
            ]
        }

    static let convolutions: [OperationCase] =
        // Sizes around the tiles of 4 and the transforms' edge, channels that are and are not whole vectors.
        [(1, 1, 1), (1, 4, 4), (2, 5, 7), (1, 13, 9), (3, 8, 12), (9, 12, 13)].flatMap { samples, height, width in
            [(3, 8), (8, 3), (32, 40), (40, 32), (20, 17)].flatMap { inputs, outputs in
                [
                    OperationCase(
                        .conv2d(.same3x3),
                        [
                            .normal([samples, height, width, inputs]), .normal([outputs, 3, 3, inputs]),
                            .normal([outputs]),
                        ], tolerance: 2e-5),
                    OperationCase(
                        .conv2dInputGradient(.same3x3, height: height, width: width),
                        [.normal([outputs, 3, 3, inputs]), .normal([samples, height, width, outputs])],
                        tolerance: 2e-5),
                ]
            }
        }
        // With another path of a residual block: block by block, position by position, by taps, unfolded.
        + [(1, 62, 65, 16, 24), (2, 29, 30, 16, 17), (1, 5, 7, 20, 3), (1, 4, 4, 5, 9)].map {
            (samples: Int, height: Int, width: Int, inputs: Int, outputs: Int) in
            OperationCase(
                .conv2d(.same3x3),
                [
                    .normal([samples, height, width, inputs]), .normal([outputs, 3, 3, inputs]), .normal([outputs]),
                    .normal([samples, height, width, outputs]),
                ], tolerance: 2e-5, differentiable: [0, 3])
        } + [
            OperationCase(
                .conv2d(.same3x3.circular(along: .horizontal)),
                [.normal([1, 9, 12, 16]), .normal([16, 3, 3, 16]), .normal([16]), .normal([1, 9, 12, 16])],
                tolerance: 2e-5, differentiable: [0, 3]),
            // Enough tiles for blocks that go from pixels to pixels one by one.
            OperationCase(
                .conv2d(.same3x3), [.normal([1, 94, 93, 16]), .normal([16, 3, 3, 16])], tolerance: 2e-5),
            OperationCase(
                .conv2dInputGradient(.same3x3, height: 94, width: 93),
                [.normal([16, 3, 3, 16]), .normal([1, 94, 93, 16])], tolerance: 2e-5),
            // Enough tiles for transformed kernels of its own, so many channels that products are cut by columns, and a
            // kernel too large to be turned.
            OperationCase(
                .conv2d(.same3x3), [.normal([1, 130, 127, 16]), .normal([24, 3, 3, 16]), .normal([24])],
                tolerance: 2e-5),
            OperationCase(
                .conv2dInputGradient(.same3x3, height: 29, width: 14),
                [.normal([640, 3, 3, 56]), .normal([1, 29, 14, 640])], tolerance: 2e-5),
            OperationCase(
                .conv2dInputGradient(.same3x3, height: 3, width: 4),
                [.normal([344, 3, 3, 344]), .normal([1, 3, 4, 344])]),
            OperationCase(
                .conv2d(Convolution(kernel: 3)), [.normal([2, 26, 27, 16]), .normal([24, 3, 3, 16])], tolerance: 2e-5),
            OperationCase(
                .conv2dInputGradient(Convolution(kernel: 3), height: 26, width: 27),
                [.normal([24, 3, 3, 16]), .normal([2, 24, 25, 24])], tolerance: 2e-5),
            OperationCase(.conv2d(.pointwise), [.normal([2, 5, 7, 9]), .normal([11, 1, 1, 9]), .normal([11])]),
            OperationCase(
                .conv2dInputGradient(.pointwise, height: 5, width: 7),
                [.normal([11, 1, 1, 9]), .normal([2, 5, 7, 11])]),
            OperationCase(.conv2d(.downsample), [.normal([2, 10, 14, 6]), .normal([7, 3, 3, 6]), .normal([7])]),
            OperationCase(.conv2d(.downsample), [.normal([1, 11, 9, 6]), .normal([7, 3, 3, 6])]),
            OperationCase(
                .conv2dInputGradient(.downsample, height: 11, width: 9),
                [.normal([7, 3, 3, 6]), .normal([1, 5, 4, 7])]),
            OperationCase(.conv2d(.patches(4)), [.normal([3, 12, 8, 3]), .normal([10, 4, 4, 3])]),
            OperationCase(
                .conv2dInputGradient(.patches(4), height: 13, width: 10),
                [.normal([10, 4, 4, 3]), .normal([3, 3, 2, 10])]),
            OperationCase(
                .conv2d(Convolution(kernel: 3, stride: 2, paddingBefore: 1, paddingAfter: 1)),
                [.normal([2, 9, 8, 3]), .normal([12, 3, 3, 3]), .normal([12])]),
            OperationCase(
                .conv2d(Convolution(kernel: 5, paddingBefore: 2, paddingAfter: 1)),
                [.normal([2, 6, 9, 12]), .normal([5, 5, 5, 12]), .normal([5])]),
            OperationCase(
                .conv2dInputGradient(
                    Convolution(kernel: 5, paddingBefore: 2, paddingAfter: 1), height: 6, width: 9),
                [.normal([5, 5, 5, 12]), .normal([2, 5, 8, 5])]),
            OperationCase(
                .conv2dInputGradient(Convolution(kernel: 1, paddingBefore: 1), height: 3, width: 4),
                [.normal([5, 1, 1, 4]), .normal([1, 4, 5, 5])]),
        ]

    /// Circular padding along each axis and both, in every way of computing: Winograd, taps, unfolding, folding.
    static let circularConvolutions: [OperationCase] = [
        CircularAxes.horizontal, .vertical, [.horizontal, .vertical],
    ].flatMap { (circular: CircularAxes) -> [OperationCase] in
        let cases: [(Convolution, samples: Int, height: Int, width: Int, inputs: Int, outputs: Int)] = [
            (.same3x3, 1, 23, 26, 16, 24), (.same3x3, 2, 9, 7, 17, 16), (.same3x3, 1, 7, 5, 12, 3),
            (.same3x3, 2, 5, 6, 3, 11), (.same3x3, 1, 1, 2, 6, 7), (.downsample, 1, 11, 8, 6, 7),
            (Convolution(kernel: 3, stride: 2, paddingBefore: 1, paddingAfter: 1), 1, 9, 8, 3, 12),
            (Convolution(kernel: 5, paddingBefore: 2, paddingAfter: 1), 1, 6, 9, 4, 5),
        ]
        return cases.flatMap { convolution, samples, height, width, inputs, outputs in
            let geometry = convolution.circular(along: circular)
            let kernel = convolution.kernel
            let result: Shape = [
                samples, geometry.outputExtent(height), geometry.outputExtent(width), outputs,
            ]
            return [
                OperationCase(
                    .conv2d(geometry),
                    [
                        .normal([samples, height, width, inputs]), .normal([outputs, kernel, kernel, inputs]),
                        .normal([outputs]),
                    ], tolerance: 2e-5),
                OperationCase(
                    .conv2dInputGradient(geometry, height: height, width: width),
                    [.normal([outputs, kernel, kernel, inputs]), .normal(result)], tolerance: 2e-5),
            ]
        }
    }

    /// Convolutions of enlarged pictures, by phases and one after the other: every remainder of the tiles of 4, several
    /// samples, channels that are and are not whole vectors, without borders.
    static let upsampledConvolutions: [OperationCase] = {
        let cases: [(CircularAxes, samples: Int, height: Int, width: Int, inputs: Int, outputs: Int)] = [
            ([], 1, 1, 1, 3, 2), ([], 2, 5, 3, 9, 16), ([], 1, 9, 14, 20, 17), ([], 1, 64, 64, 16, 16),
            ([], 1, 61, 63, 17, 24), ([], 2, 46, 45, 16, 20), ([], 9, 22, 21, 18, 19), (.horizontal, 1, 7, 5, 6, 4),
            (.vertical, 2, 14, 13, 16, 17), ([.horizontal, .vertical], 1, 61, 62, 16, 16),
        ]
        return cases.flatMap { circular, samples, height, width, inputs, outputs in
            [
                OperationCase(
                    .upsampledConv2d(circular),
                    [
                        .normal([samples, height, width, inputs]), .normal([outputs, 3, 3, inputs]),
                        .normal([outputs]),
                    ], tolerance: 2e-5),
                OperationCase(
                    .upsampledConv2dInputGradient(circular),
                    [.normal([outputs, 3, 3, inputs]), .normal([samples, 2 * height, 2 * width, outputs])],
                    tolerance: 2e-5),
            ]
        }
    }()

    static let normalizations: [OperationCase] =
        ([nil] + Activation.allCases.map { $0 }).flatMap { (activation: Activation?) in
            [
                OperationCase(
                    .groupNorm(groups: 4, epsilon: 1e-6, activation: activation),
                    [.normal([2, 13, 9, 12]), .normal([12]), .normal([12])]),
                OperationCase(
                    .groupNorm(groups: 8, epsilon: 1e-6, activation: activation),
                    [.normal([2, 40, 33, 32]), .normal([32]), .normal([32])]),
                OperationCase(
                    .groupNormGradient(groups: 2, epsilon: 1e-6, activation: activation),
                    [.normal([2, 3, 5, 8]), .normal([8]), .normal([8]), .normal([2, 3, 5, 8])], tolerance: 2e-5),
            ]
        } + [
            // A mean a thousand times the deviation: one-pass sums of squares would lose it.
            OperationCase(
                .groupNorm(groups: 1, epsilon: 1e-6, activation: nil),
                [.uniform([1, 40, 40, 40], 1000, 1002), .normal([40]), .normal([40])], tolerance: 2e-4,
                differentiable: []),
            OperationCase(
                .groupNorm(groups: 3, epsilon: 1e-6, activation: nil),
                [.normal([1, 1, 1, 6]), .normal([6]), .normal([6])]),
            OperationCase(.layerNorm(epsilon: 1e-5), [.normal([3, 5]), .normal([5]), .normal([5])]),
            OperationCase(.layerNorm(epsilon: 1e-5), [.normal([2, 100, 203]), .normal([203]), .normal([203])]),
            OperationCase(.layerNormGradient(epsilon: 1e-5), [.normal([3, 21]), .normal([21]), .normal([3, 21])]),
        ]

    static let resampling: [OperationCase] =
        [
            OperationCase(.upsampleNearest(factor: 2), [.normal([2, 5, 7, 3])]),
            OperationCase(.upsampleNearest(factor: 3), [.normal([1, 41, 30, 16])]),
            OperationCase(.upsampleNearestGradient(factor: 2), [.normal([2, 6, 4, 9])]),
            OperationCase(.adaptiveAveragePool(height: 4, width: 5), [.normal([2, 9, 13, 3])]),
            OperationCase(.adaptiveAveragePool(height: 8, width: 7), [.normal([1, 5, 7, 3])]),
            OperationCase(.adaptiveAveragePool(height: 90, width: 80), [.normal([2, 101, 70, 3])]),
            OperationCase(.adaptiveAveragePoolGradient(height: 9, width: 13), [.normal([2, 4, 5, 3])]),
            OperationCase(.adaptiveAveragePoolGradient(height: 5, width: 3), [.normal([1, 8, 7, 3])]),
            OperationCase(.adaptiveMaxPool(height: 4, width: 5), [.normal([2, 9, 13, 3])]),
            OperationCase(.adaptiveMaxPool(height: 8, width: 7), [.normal([1, 5, 7, 3])]),
            OperationCase(
                .adaptiveMaxPoolGradient(height: 4, width: 5), [.normal([2, 9, 13, 3]), .normal([2, 4, 5, 3])]),
            OperationCase(
                .separable, [.normal([2, 6, 5, 3]), .normal([4, 6]), .normal([7, 5])]),
            OperationCase(
                .separable, [.normal([1, 4, 5, 9]), .values([0, 2, -1, 0, 0, 0, 0, 0], [2, 4]), .normal([90, 5])]),
        ]
        + [SamplePadding.zeros, .border].flatMap { padding in
            [
                // Coordinates reach beyond every border.
                OperationCase(.gridSample(padding), [.normal([3, 5, 7, 3]), .uniform([3, 4, 6, 2], -2.5, 8)]),
                OperationCase(.gridSample(padding), [.normal([1, 9, 8, 4]), .uniform([3, 30, 20, 2], -3, 11)]),
                OperationCase(
                    .gridSampleGradient(padding, batch: 3, height: 5, width: 7),
                    [.uniform([3, 4, 6, 2], -2.5, 8), .normal([3, 4, 6, 3])]),
                OperationCase(
                    .gridSampleGradient(padding, batch: 1, height: 9, width: 8),
                    [.uniform([3, 30, 20, 2], -3, 11), .normal([3, 30, 20, 4])]),
            ]
        }

    static let colors: [OperationCase] = ColorAdjustment.allCases.flatMap { adjustment in
        let factors: Filling = adjustment == .hue ? .values([-0.37, 0.08], [2]) : .values([0.75, 1.3], [2])
        return [
            // Large enough for several chunks; among so many values some lie at a kink of the derivative.
            OperationCase(
                .adjustColor(adjustment), [.uniform([2, 70, 70, 3], 0.02, 0.98), factors], differentiable: []),
            OperationCase(.adjustColor(adjustment), [.uniform([2, 5, 4, 3], 0.02, 0.98), factors]),
            OperationCase(
                .adjustColorGradient(adjustment),
                [.uniform([2, 5, 3, 3], 0.02, 0.98), factors, .normal([2, 5, 3, 3])], tolerance: 5e-5),
        ]
    }

    static let rearranging: [OperationCase] = [
        OperationCase(.concatenate(axis: 0), [.normal([2, 3]), .normal([1, 3])], differentiable: [0, 1]),
        OperationCase(
            .concatenate(axis: 1), [.normal([2, 1, 5]), .normal([2, 4, 5]), .normal([2, 2, 5])],
            differentiable: [0, 1, 2]),
        OperationCase(.concatenate(axis: 2), [.normal([90, 80, 3]), .normal([90, 80, 4])], differentiable: [0, 1]),
        OperationCase(.slice(axis: 0, start: 1, count: 2), [.normal([4, 5])]),
        OperationCase(.slice(axis: 1, start: 3, count: 1), [.normal([2, 4, 5])]),
        OperationCase(.slice(axis: 2, start: 0, count: 2), [.normal([2, 4, 5])]),
        OperationCase(.embedSlice(axis: 1, start: 2, total: 7), [.normal([2, 3, 5])]),
        OperationCase(.embedSlice(axis: 0, start: 0, total: 3), [.normal([2, 3])]),
        OperationCase(.repeatBatch(count: 3), [.normal([1, 5, 2])]),
        OperationCase(.repeatBatch(count: 2), [.normal([1, 40_000])]),
        OperationCase(.sumBatch, [.normal([4, 5, 3])]),
        OperationCase(.sumBatch, [.normal([3, 9_000])]),
        OperationCase(.gather, [.normal([11, 6]), .indices([2, 5], below: 11)], differentiable: []),
        OperationCase(.nearestCode, [.normal([2, 3, 3, 5]), .normal([37, 5])], tolerance: 0, differentiable: []),
        OperationCase(.nearestCode, [.normal([300, 16]), .normal([1100, 16])], tolerance: 0, differentiable: []),
    ]

    static let losses: [OperationCase] = [
        OperationCase(.sphericalDistance, [.normal([3, 9]), .normal([2, 9])]),
        OperationCase(.sphericalDistance, [.normal([70, 512]), .normal([3, 512])]),
        OperationCase(.sphericalDistanceGradient, [.normal([3, 9]), .normal([2, 9]), .normal([3, 2])]),
        OperationCase(.promptLoss(weight: 0.7, stop: -.infinity), [.normal([3, 2])]),
        OperationCase(.promptLoss(weight: -1.2, stop: -.infinity), [.normal([5, 1])]),
        OperationCase(.promptLoss(weight: 0, stop: 0), [.normal([2, 2])], differentiable: []),
        OperationCase(
            .promptLossGradient(weight: 2, stop: 0.5), [.values([0.25, 0.5, 0.75, 1], [4, 1]), .normal([])]),
        OperationCase(
            .promptLossGradient(weight: -2, stop: -0.5), [.values([0.25, 0.5, 0.75, 1], [2, 2]), .normal([])]),
        OperationCase(.mean, [.normal([100_000])]),
        OperationCase(.mean, [.normal([])]),
        OperationCase(.meanGradient([3, 5]), [.normal([])]),
        OperationCase(.meanGradient([70_000]), [.normal([])]),
    ]
}
