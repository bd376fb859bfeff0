import TensorCore

/// What an operation has to do at least.
enum Work {
    /// Multiplications and additions of the direct formula; 0 for what only moves memory.
    ///
    /// A convolution counts its direct form, of an enlarged picture if it enlarges, so one by Winograd's method can exceed
    /// the peak of matrix products.
    static func flops(_ operation: Operation, _ inputs: [Shape], _ output: Shape) -> Double {
        func product(_ factors: Int...) -> Double { factors.reduce(2) { $0 * Double($1) } }
        switch operation {
        case .linear: return product(output.count, inputs[1][1])
        case .linearInputGradient: return product(inputs[1].count, inputs[0][1])
        case .conv2d(let convolution):
            return product(output.count, convolution.kernel, convolution.kernel, inputs[1][3])
        case .conv2dInputGradient(let convolution, _, _):
            return product(inputs[1].count, convolution.kernel, convolution.kernel, inputs[0][3])
        case .upsampledConv2d: return product(output.count, inputs[1][1], inputs[1][2], inputs[1][3])
        case .upsampledConv2dInputGradient:
            return product(inputs[1].count, inputs[0][1], inputs[0][2], inputs[0][3])
        case .attention: return 2 * product(output.count, output[1])
        case .attentionGradient: return 4 * product(inputs[1].count, inputs[1][1])
        case .nearestCode: return product(inputs[0].count, inputs[1][0])
        default: return 0
        }
    }

    /// Bytes of all inputs and of the output, each once.
    static func bytes(_ inputs: [Shape], _ output: Shape) -> Double {
        4 * Double(inputs.reduce(output.count) { $0 + $1.count })
    }
}

/// Median, least and greatest of some figures.
struct Spread: Encodable {
    let median: Double
    let least: Double
    let greatest: Double

    /// Of at least one figure.
    init(_ figures: [Double]) {
        precondition(!figures.isEmpty, "no figures to summarise")
        let sorted = figures.sorted()
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        (least, greatest) = (sorted[0], sorted[sorted.count - 1])
    }
}
