extension Operation {
    /// The shape of the result for inputs of these shapes; traps, with the shapes in the text, where they do not fit.
    public func outputShape(_ inputs: [Shape]) -> Shape {
        func expect(_ condition: Bool, _ what: @autoclosure () -> String) {
            precondition(condition, "\(self): \(what()); inputs \(inputs.map(\.description).joined(separator: ", "))")
        }
        func expectCount(_ allowed: ClosedRange<Int>) {
            expect(allowed.contains(inputs.count), "takes \(allowed) inputs, got \(inputs.count)")
        }
        func picture(_ shape: Shape, height: Int, width: Int) -> Shape {
            expect(shape.rank == 4, "needs [N, H, W, C]")
            return [shape[0], height, width, shape[3]]
        }
        /// The gradient's shape is that of the first input, and the cotangent must fit the forward result.
        func like(_ first: Shape, cotangent: Shape, of forward: Shape) -> Shape {
            expect(cotangent == forward, "cotangent must be \(forward)")
            return first
        }

        switch self {
        case .add, .multiply:
            expectCount(2...2)
            expect(inputs[0].hasSuffix(inputs[1]), "the second shape must be a suffix of the first")
            return inputs[0]
        case .addPrefix, .multiplyPrefix:
            expectCount(2...2)
            expect(inputs[0].hasPrefix(inputs[1]), "the second shape must be a prefix of the first")
            return inputs[0]
        case .subtract, .activationGradient, .clampGradient, .softmaxGradient:
            expectCount(2...2)
            expect(inputs[0] == inputs[1], "shapes must be equal")
            return inputs[0]
        case .affine, .activation, .clamp, .softmax:
            expectCount(1...1)
            return inputs[0]
        case .clampChannels, .layerNorm:
            expectCount(3...3)
            expect(inputs[1] == [inputs[0][-1]] && inputs[2] == inputs[1], "needs two vectors of the channels")
            return inputs[0]
        case .linear:
            expectCount(2...3)
            expect(inputs[1].rank == 2 && inputs[0][-1] == inputs[1][1], "channels must equal the weight's columns")
            expect(inputs.count == 2 || inputs[2] == [inputs[1][0]], "the bias must have the weight's rows")
            return inputs[0].replacing(axis: -1, with: inputs[1][0])
        case .linearInputGradient:
            expectCount(2...2)
            expect(inputs[0].rank == 2 && inputs[1][-1] == inputs[0][0], "channels must equal the weight's rows")
            return inputs[1].replacing(axis: -1, with: inputs[0][1])
        case .conv2d(let convolution):
            expectCount(2...4)
            expect(inputs[0].rank == 4 && inputs[1].rank == 4, "needs [N, H, W, I] and [O, k, k, I]")
            expect(
                inputs[1][1] == convolution.kernel && inputs[1][2] == convolution.kernel
                    && inputs[1][3] == inputs[0][3],
                "the weight must be [O, \(convolution.kernel), \(convolution.kernel), \(inputs[0][3])]")
            expect(inputs.count == 2 || inputs[2] == [inputs[1][0]], "the bias must have the output's channels")
            let output: Shape = [
                inputs[0][0], convolution.outputExtent(inputs[0][1]), convolution.outputExtent(inputs[0][2]),
                inputs[1][0],
            ]
            expect(inputs.count < 4 || inputs[3] == output, "the summand must be \(output)")
            return output
        case .conv2dInputGradient(let convolution, let height, let width):
            expectCount(2...2)
            let x: Shape = [inputs[1][0], height, width, inputs[0][3]]
            return like(x, cotangent: inputs[1], of: Operation.conv2d(convolution).outputShape([x, inputs[0]]))
        case .upsampledConv2d(let circular):
            expectCount(2...3)
            expect(inputs[0].rank == 4, "needs [N, H, W, I]")
            let upsampled = picture(inputs[0], height: 2 * inputs[0][1], width: 2 * inputs[0][2])
            let convolution = Operation.conv2d(Convolution.same3x3.circular(along: circular))
            return convolution.outputShape([upsampled] + inputs.dropFirst())
        case .upsampledConv2dInputGradient(let circular):
            expectCount(2...2)
            expect(inputs[0].rank == 4 && inputs[1].rank == 4, "needs [O, 3, 3, I] and [N, 2H, 2W, O]")
            let x: Shape = [inputs[1][0], inputs[1][1] / 2, inputs[1][2] / 2, inputs[0][3]]
            let forward = Operation.upsampledConv2d(circular).outputShape([x, inputs[0]])
            return like(x, cotangent: inputs[1], of: forward)
        case .attention(let heads, _):
            expectCount(1...1)
            expect(inputs[0].rank == 3 && inputs[0][2] % (3 * heads) == 0, "needs [N, T, 3C] with heads dividing C")
            return inputs[0].replacing(axis: 2, with: inputs[0][2] / 3)
        case .attentionGradient(let heads, let causal):
            expectCount(2...2)
            let forward = Operation.attention(heads: heads, causal: causal).outputShape([inputs[0]])
            return like(inputs[0], cotangent: inputs[1], of: forward)
        case .groupNorm(let groups, _, _):
            expectCount(3...3)
            expect(inputs[0].rank == 4 && inputs[0][3] % groups == 0, "needs [N, H, W, C] with groups dividing C")
            expect(inputs[1] == [inputs[0][3]] && inputs[2] == inputs[1], "needs two vectors of the channels")
            return inputs[0]
        case .groupNormGradient(let groups, let epsilon, let activation):
            expectCount(4...4)
            let forward = Operation.groupNorm(groups: groups, epsilon: epsilon, activation: activation)
            return like(inputs[0], cotangent: inputs[3], of: forward.outputShape(Array(inputs.prefix(3))))
        case .layerNormGradient:
            expectCount(3...3)
            expect(inputs[1] == [inputs[0][-1]], "needs a vector of the channels")
            return like(inputs[0], cotangent: inputs[2], of: inputs[0])
        case .upsampleNearest(let factor):
            expectCount(1...1)
            return picture(inputs[0], height: inputs[0][1] * factor, width: inputs[0][2] * factor)
        case .upsampleNearestGradient(let factor):
            expectCount(1...1)
            expect(inputs[0][1] % factor == 0 && inputs[0][2] % factor == 0, "size must be a multiple of \(factor)")
            return picture(inputs[0], height: inputs[0][1] / factor, width: inputs[0][2] / factor)
        case .adaptiveAveragePool(let height, let width), .adaptiveMaxPool(let height, let width):
            expectCount(1...1)
            return picture(inputs[0], height: height, width: width)
        case .adaptiveAveragePoolGradient(let height, let width):
            expectCount(1...1)
            return picture(inputs[0], height: height, width: width)
        case .adaptiveMaxPoolGradient(let height, let width):
            expectCount(2...2)
            return like(inputs[0], cotangent: inputs[1], of: picture(inputs[0], height: height, width: width))
        case .gridSample:
            expectCount(2...2)
            expect(
                inputs[0].rank == 4 && inputs[1].rank == 4 && inputs[1][3] == 2, "needs [N, H, W, C] and [N, h, w, 2]")
            expect(inputs[0][0] == 1 || inputs[0][0] == inputs[1][0], "one picture or one per grid")
            return [inputs[1][0], inputs[1][1], inputs[1][2], inputs[0][3]]
        case .gridSampleGradient(_, let batch, let height, let width):
            expectCount(2...2)
            expect(inputs[0][3] == 2 && batch == 1 || batch == inputs[0][0], "one picture or one per grid")
            return [batch, height, width, inputs[1][3]]
        case .separable:
            expectCount(3...3)
            expect(inputs[1].rank == 2 && inputs[2].rank == 2, "needs two matrices")
            expect(
                inputs[0][1] == inputs[1][1] && inputs[0][2] == inputs[2][1], "the matrices' columns must fit H and W")
            return picture(inputs[0], height: inputs[1][0], width: inputs[2][0])
        case .adjustColor, .adjustColorGradient:
            expectCount(self.isGradient ? 3...3 : 2...2)
            expect(
                inputs[0].rank == 4 && inputs[0][3] == 3 && inputs[1] == [inputs[0][0]], "needs [N, H, W, 3] and [N]")
            expect(inputs.count == 2 || inputs[2] == inputs[0], "cotangent must fit")
            return inputs[0]
        case .concatenate(let axis):
            expectCount(1...1024)
            for shape in inputs.dropFirst() {
                expect(
                    shape.rank == inputs[0].rank
                        && shape.replacing(axis: axis, with: 1) == inputs[0].replacing(axis: axis, with: 1),
                    "all other axes must be equal")
            }
            return inputs[0].replacing(axis: axis, with: inputs.reduce(0) { $0 + $1[axis] })
        case .slice(let axis, let start, let count):
            expectCount(1...1)
            expect(start >= 0 && count > 0 && start + count <= inputs[0][axis], "the slice lies outside")
            return inputs[0].replacing(axis: axis, with: count)
        case .embedSlice(let axis, let start, let total):
            expectCount(1...1)
            expect(start >= 0 && start + inputs[0][axis] <= total, "the slice lies outside")
            return inputs[0].replacing(axis: axis, with: total)
        case .repeatBatch(let count):
            expectCount(1...1)
            expect(inputs[0].rank > 0 && inputs[0][0] == 1, "needs a batch of one")
            return inputs[0].replacing(axis: 0, with: count)
        case .sumBatch:
            expectCount(1...1)
            return inputs[0].replacing(axis: 0, with: 1)
        case .gather:
            expectCount(2...2)
            expect(inputs[0].rank == 2, "needs a table [V, C]")
            return Shape(inputs[1].dimensions + [inputs[0][1]])
        case .nearestCode:
            expectCount(2...2)
            expect(inputs[1].rank == 2 && inputs[0][-1] == inputs[1][1], "needs [..., E] and a codebook [K, E]")
            return Shape(inputs[0].dimensions.dropLast())
        case .sphericalDistance:
            expectCount(2...2)
            expect(
                inputs[0].rank == 2 && inputs[1].rank == 2 && inputs[0][1] == inputs[1][1], "needs [n, d] and [m, d]")
            return [inputs[0][0], inputs[1][0]]
        case .sphericalDistanceGradient:
            expectCount(3...3)
            return like(inputs[0], cotangent: inputs[2], of: [inputs[0][0], inputs[1][0]])
        case .promptLoss:
            expectCount(1...1)
            expect(inputs[0].rank == 2, "needs distances [n, m]")
            return []
        case .promptLossGradient:
            expectCount(2...2)
            return like(inputs[0], cotangent: inputs[1], of: [])
        case .mean:
            expectCount(1...1)
            return []
        case .meanGradient(let shape):
            expectCount(1...1)
            return like(shape, cotangent: inputs[0], of: [])
        }
    }

    private var isGradient: Bool {
        if case .adjustColorGradient = self { true } else { false }
    }
}
