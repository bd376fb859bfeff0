import Checkpoints
import TensorCore

/// The check of a folder of kind `optimizer`: the way of some variables along recorded gradients.
///
/// `about.json` names the `optimizer` and its `lr`; `gradients` is `[steps, …]` with the shape of `z0` behind, and `z`
/// is of the same shape, or, where it has the shape of `z0`, holds the last variables only.
struct ParityOptimizer {
    /// What fifty steps of single precision in the same order may differ by.
    private static let tolerance: Float = 1e-5

    private let folder: ParityFolder

    init(_ folder: ParityFolder) { self.folder = folder }

    func rows(tolerance: Float) throws(CheckpointError) -> [ParityReport.Row] {
        let written = try folder.about.text("optimizer")
        guard let name = OptimizerName(named: written) else {
            let known = OptimizerName.allCases.map(\.rawValue).joined(separator: ", ")
            throw folder.about.error("optimizer", "is '\(written)'", hint: "known are \(known)")
        }
        let learningRate = try folder.about.numberIfGiven("lr", in: 1e-6...100) ?? 0.1
        guard let start = try folder.tensor("z0"), start.shape.count > 0 else {
            throw folder.refused("z0", "is missing or empty")
        }
        guard let gradients = try folder.tensor("gradients") else { throw folder.refused("gradients", "is missing") }
        let shape = start.shape.dimensions
        guard gradients.shape.dimensions == [gradients.shape.dimensions.first ?? 0] + shape else {
            throw folder.refused("gradients", "has shape \(gradients.shape), expected steps×\(start.shape)")
        }
        guard let expected = try folder.tensor("z") else { return [] }
        guard expected.shape == start.shape || expected.shape == gradients.shape else {
            throw folder.refused("z", "has shape \(expected.shape), expected \(gradients.shape) or \(start.shape)")
        }

        var (z, way) = (start.values, [Float]())
        let count = z.count
        var optimizer = Optimizer(name, count: count, rows: shape.count > 1 ? shape[0] : 0)
        for first in stride(from: 0, to: gradients.values.count, by: count) {
            optimizer.step(&z, gradient: Array(gradients.values[first..<first + count]), learningRate: learningRate)
            way += z
        }
        let found = expected.shape == start.shape ? z : way
        return [
            ParityReport.Row(
                "z", expected.shape, expected: expected.values, found: found,
                tolerance: min(tolerance, Self.tolerance))
        ]
    }
}
