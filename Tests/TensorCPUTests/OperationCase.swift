import TensorCore

/// How an input of a case is made.
enum Filling {
    case normal(Shape)
    case uniform(Shape, Float, Float)
    /// Whole numbers below a bound.
    case indices(Shape, below: Int)
    case values([Float], Shape)

    func values(seed: UInt64, lane: UInt32) -> (shape: Shape, values: [Float]) {
        var numbers = Philox(seed: seed, stream: 1, lane: lane)
        switch self {
        case .normal(let shape): return (shape, numbers.normals(shape.count))
        case .uniform(let shape, let low, let high):
            return (shape, (0..<shape.count).map { _ in numbers.uniform(low, high) })
        case .indices(let shape, let bound):
            return (shape, (0..<shape.count).map { _ in Float(numbers.integer(below: bound)) })
        case .values(let values, let shape): return (shape, values)
        }
    }
}

/// One row of the table: an operation, its inputs, and how closely it must be met.
struct OperationCase: CustomStringConvertible, Sendable {
    let operation: Operation
    let inputs: [Filling]
    /// Bound of |error| relative to the largest value of the reference, or to 1 if that is smaller.
    ///
    /// Single precision keeps 6e-8 a step; sums of a few thousand terms of mixed sign stay below 1e-5.
    let tolerance: Double
    /// Which inputs the derivative is checked for.
    let differentiable: [Int]

    init(_ operation: Operation, _ inputs: [Filling], tolerance: Double = 1e-5, differentiable: [Int] = [0]) {
        self.operation = operation
        self.inputs = inputs
        self.tolerance = tolerance
        self.differentiable = differentiable
    }

    var description: String {
        let shapes = values.map { $0.shape.description }.joined(separator: ", ")
        return "\(operation) of \(shapes)"
    }

    /// The inputs, the same in every run.
    var values: [(shape: Shape, values: [Float])] {
        inputs.enumerated().map { $1.values(seed: 20_210, lane: UInt32($0)) }
    }

    /// The inputs in double precision.
    var references: [Reference] { values.map { Reference($0.shape, $0.values) } }

    /// Computes the case on a backend.
    func run(on backend: any Backend) -> [Float] {
        Tensor.apply(operation, values.map { Tensor($0.values, shape: $0.shape, on: backend) }).values
    }
}

extension Filling: Sendable {}

extension Operation {
    /// The name of the case; a new one does not compile until it has a name here and, by a test, a row in the table.
    var caseName: String {
        switch self {
        case .add: "add"
        case .subtract: "subtract"
        case .multiply: "multiply"
        case .addPrefix: "addPrefix"
        case .multiplyPrefix: "multiplyPrefix"
        case .affine: "affine"
        case .activation: "activation"
        case .activationGradient: "activationGradient"
        case .clamp: "clamp"
        case .clampGradient: "clampGradient"
        case .clampChannels: "clampChannels"
        case .softmax: "softmax"
        case .softmaxGradient: "softmaxGradient"
        case .linear: "linear"
        case .linearInputGradient: "linearInputGradient"
        case .conv2d: "conv2d"
        case .conv2dInputGradient: "conv2dInputGradient"
        case .upsampledConv2d: "upsampledConv2d"
        case .upsampledConv2dInputGradient: "upsampledConv2dInputGradient"
        case .attention: "attention"
        case .attentionGradient: "attentionGradient"
        case .groupNorm: "groupNorm"
        case .groupNormGradient: "groupNormGradient"
        case .layerNorm: "layerNorm"
        case .layerNormGradient: "layerNormGradient"
        case .upsampleNearest: "upsampleNearest"
        case .upsampleNearestGradient: "upsampleNearestGradient"
        case .adaptiveAveragePool: "adaptiveAveragePool"
        case .adaptiveAveragePoolGradient: "adaptiveAveragePoolGradient"
        case .adaptiveMaxPool: "adaptiveMaxPool"
        case .adaptiveMaxPoolGradient: "adaptiveMaxPoolGradient"
        case .gridSample: "gridSample"
        case .gridSampleGradient: "gridSampleGradient"
        case .separable: "separable"
        case .adjustColor: "adjustColor"
        case .adjustColorGradient: "adjustColorGradient"
        case .concatenate: "concatenate"
        case .slice: "slice"
        case .embedSlice: "embedSlice"
        case .repeatBatch: "repeatBatch"
        case .sumBatch: "sumBatch"
        case .gather: "gather"
        case .nearestCode: "nearestCode"
        case .sphericalDistance: "sphericalDistance"
        case .sphericalDistanceGradient: "sphericalDistanceGradient"
        case .promptLoss: "promptLoss"
        case .promptLossGradient: "promptLossGradient"
        case .mean: "mean"
        case .meanGradient: "meanGradient"
        }
    }

    /// Every name that `caseName` can give.
    static let caseNames: Set<String> = [
        "add", "subtract", "multiply", "addPrefix", "multiplyPrefix", "affine", "activation", "activationGradient",
        "clamp", "clampGradient", "clampChannels", "softmax", "softmaxGradient", "linear", "linearInputGradient",
        "conv2d", "conv2dInputGradient", "upsampledConv2d", "upsampledConv2dInputGradient", "attention",
        "attentionGradient", "groupNorm", "groupNormGradient",
        "layerNorm", "layerNormGradient", "upsampleNearest", "upsampleNearestGradient", "adaptiveAveragePool",
        "adaptiveAveragePoolGradient", "adaptiveMaxPool", "adaptiveMaxPoolGradient", "gridSample",
        "gridSampleGradient", "separable", "adjustColor", "adjustColorGradient", "concatenate", "slice",
        "embedSlice", "repeatBatch", "sumBatch", "gather", "nearestCode", "sphericalDistance",
        "sphericalDistanceGradient", "promptLoss", "promptLossGradient", "mean", "meanGradient",
    ]
}
