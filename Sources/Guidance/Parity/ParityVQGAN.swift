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
            path: folder.requiredFile("checkpoint"), config: folder.file("config"), on: backend)
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
        let image = try folder.picture("image", channels: 3)?.channelsLast(on: backend).affine(scale: 2, shift: -1)
        if let encoded, let image {
            let (n, h, w) = (encoded.shape[0], encoded.shape[2], encoded.shape[3])
            guard image.shape == [n, h * factor, w * factor, 3] else {
                throw folder.refused(
                    "image", "is \(image.shape[1])×\(image.shape[2]), which does not fit encoded \(encoded.shape)")
            }
            rows.append(
                ParityReport.Row(
                    "encoded", encoded.shape, expected: encoded.values, found: model.encode(image).channelsFirst,
                    tolerance: tolerance))
        }
        guard let indices = try folder.tensor("indices") else { return rows }
        // The nearest codes of the expected latents, not of our own: a rounding difference must not turn a near tie into
        // a failure. In a Gumbel model codes come from the picture itself.
        let codes: Tensor? =
            if model.configuration.quantizer == .nearest, let encoded {
                model.codes(of: encoded.channelsLast(on: backend))
            } else {
                image.map { model.codes(ofPicture: $0) }
            }
        guard let codes else { return rows }
        guard indices.values.count == codes.shape.count else {
            throw folder.refused("indices", "has shape \(indices.shape), expected \(codes.shape)")
        }
        rows.append(
            ParityReport.Row("indices", indices.shape, expected: indices.values, found: codes.values, tolerance: 0))
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
