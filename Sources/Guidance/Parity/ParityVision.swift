import CLIP
import Checkpoints
import TensorCore

/// The checks of an image tower, by itself (a folder of kind `clip-visual`) or as a part of a CLIP.
struct ParityVision {
    let tower: any ImageTower
    private let folder: ParityFolder
    private let backend: any Backend

    init(_ tower: any ImageTower, _ folder: ParityFolder, _ backend: any Backend) {
        (self.tower, self.folder, self.backend) = (tower, folder, backend)
    }

    /// Everything about the tower is in the weights, but the heads of other than 64 channels and the nonlinearity.
    init(_ folder: ParityFolder, _ backend: any Backend) throws(CheckpointError) {
        let checkpoint = try openCheckpoint(at: folder.requiredFile("checkpoint"))
        let hints = CLIPHints(activation: try folder.about.activation("activation"))
        var vision = try CLIPConfiguration.Vision(of: openAIKeys(of: checkpoint), hints: hints)
        if let heads = try folder.about.sectionIfGiven("hyper")?.integerIfGiven("heads", in: 1...1024) {
            switch vision.network {
            case .resNet(var network):
                network.heads = heads
                vision.network = .resNet(network)
            case .transformer(var network, let patchSize):
                network.heads = heads
                vision.network = .transformer(network, patchSize: patchSize)
            }
        }
        let tower = try CLIPModel.loadVision(checkpoint: checkpoint, configuration: vision, on: backend)
        self.init(tower, folder, backend)
    }

    /// - Parameters:
    ///   - prompt: `[1, d]`, what the loss compares the pictures with; nil where there is no loss.
    ///   - tolerance: largest relative difference that passes.
    /// - Returns: a row for every expected tensor.
    /// - Throws: `CheckpointError` for an expected tensor of another shape.
    func rows(prompt: Tensor?, tolerance: Float) throws(CheckpointError) -> [ParityReport.Row] {
        guard let image = try folder.tensor("image") else { return [] }
        let size = tower.imageSize
        guard image.shape.rank == 4, image.shape == [image.shape[0], 3, size, size] else {
            throw folder.refused("image", "has shape \(image.shape), expected n×3×\(size)×\(size)")
        }
        var rows: [ParityReport.Row] = []
        func compare(_ name: String, _ shape: Shape, _ found: () -> [Float]) throws(CheckpointError) {
            guard let expected = try folder.tensor(name, shape) else { return }
            rows.append(
                ParityReport.Row(name, shape, expected: expected.values, found: found(), tolerance: tolerance))
        }
        let leaf = image.channelsLast(on: backend).tracked()
        let embedding = tower(leaf)
        try compare("image_embedding", embedding.shape) { embedding.values }
        if let prompt {
            let loss = Tensor.apply(.sphericalDistance, [embedding, prompt]).mean()
            if let expected = try folder.tensor("loss") {
                guard expected.values.count == 1 else { throw folder.refused("loss", "has shape \(expected.shape)") }
                try compare("loss", expected.shape) { loss.values }
            }
            try compare("grad_image", image.shape) { gradient(of: loss, withRespectTo: [leaf])[0].channelsFirst }
        } else if let cotangent = try folder.tensor("grad_out", embedding.shape) {
            let cotangent = Tensor(cotangent.values, shape: embedding.shape, on: backend)
            try compare("grad_image", image.shape) {
                gradient(of: embedding, withRespectTo: [leaf], cotangent: cotangent)[0].channelsFirst
            }
        }
        return rows
    }
}
