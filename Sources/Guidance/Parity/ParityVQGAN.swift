import Checkpoints
import TensorCore
import VQGAN

/// The checks of a folder of kind `vqgan`.
struct ParityVQGAN {
    let model: VQModel
    private let folder: ParityFolder
    private let backend: any Backend

    init(_ folder: ParityFolder, _ backend: any Backend) throws(CheckpointError) {
        model = try VQModel.load(
            path: folder.requiredFile("checkpoint"), config: folder.requiredFile("config"), on: backend)
        self.folder = folder
        self.backend = backend
    }

    func rows(tolerance: Float) throws(CheckpointError) -> [ParityReport.Row] {
        try encoding(tolerance: tolerance) + decoding(tolerance: tolerance)
    }

    private func encoding(tolerance: Float) throws(CheckpointError) -> [ParityReport.Row] {
        var rows: [ParityReport.Row] = []
        let factor = model.configuration.downsamplingFactor
        let encoded = try folder.picture("encoded", channels: model.configuration.embedDim)
        if let encoded, let image = try folder.picture("image", channels: 3) {
            let (n, h, w) = (encoded.shape[0], encoded.shape[2], encoded.shape[3])
            guard image.shape == [n, 3, h * factor, w * factor] else {
                throw folder.refused("image", "has shape \(image.shape), which does not fit encoded \(encoded.shape)")
            }
            let found = model.encode(image.channelsLast(on: backend).affine(scale: 2, shift: -1))
            rows.append(
                ParityReport.Row(
                    "encoded", encoded.shape, expected: encoded.values, found: found.channelsFirst, tolerance: tolerance
                ))
        }
        // The expected latents, not our own: a rounding difference must not turn a near tie into a failure.
        if let encoded, let indices = try folder.tensor("indices") {
            let codes = model.codes(of: encoded.channelsLast(on: backend))
            guard indices.values.count == codes.shape.count else {
                throw folder.refused("indices", "has shape \(indices.shape), expected \(codes.shape)")
            }
            rows.append(
                ParityReport.Row("indices", indices.shape, expected: indices.values, found: codes.values, tolerance: 0))
        }
        return rows
    }

    private func decoding(tolerance: Float) throws(CheckpointError) -> [ParityReport.Row] {
        var rows: [ParityReport.Row] = []
        guard let z = try folder.picture("z", channels: model.configuration.embedDim) else { return rows }
        let factor = model.configuration.downsamplingFactor
        let pictures: Shape = [z.shape[0], 3, z.shape[2] * factor, z.shape[3] * factor]
        let leaf = z.channelsLast(on: backend).tracked()
        let image = model.decode(leaf)
        if let decoded = try folder.tensor("decoded", pictures) {
            rows.append(
                ParityReport.Row(
                    "decoded", pictures, expected: decoded.values, found: image.channelsFirst, tolerance: tolerance))
        }
        if let cotangent = try folder.tensor("grad_out", pictures), let expected = try folder.tensor("grad_z", z.shape)
        {
            let found = gradient(of: image, withRespectTo: [leaf], cotangent: cotangent.channelsLast(on: backend))
            rows.append(
                ParityReport.Row(
                    "grad_z", z.shape, expected: expected.values, found: found[0].channelsFirst, tolerance: tolerance))
        }
        return rows
    }
}
