public import TensorCore

/// A prompt in CLIP's joint space: what the picture is drawn towards.
///
/// The loss is the squared great-circle distance, halved, between the normalised embeddings of the views and of the
/// prompt, `2·asin(‖â − b̂‖/2)²`, averaged over the views and multiplied by the weight. A negative weight turns its
/// sign. Once the signed distance of a view lies below `stop`, nothing flows back from that view.
public struct Prompt {
    /// `[m, d]`; one row for a text, one per view for a picture.
    public let embedding: Tensor
    /// Factor of the loss; a negative one repels.
    public let weight: Float
    /// The signed distance below which nothing flows back.
    public let stop: Float
    /// Which part of the picture is compared; nil for all of it.
    let region: MaskRegion?

    /// Makes a prompt; `embedding` is a constant of shape `[m, d]`.
    public init(embedding: Tensor, weight: Float = 1, stop: Float = -.infinity) {
        self.init(embedding: embedding, weight: weight, stop: stop, region: nil)
    }

    init(embedding: Tensor, weight: Float, stop: Float, region: MaskRegion?) {
        precondition(embedding.shape.rank == 2, "a prompt's embedding is [m, d], got \(embedding.shape)")
        self.embedding = embedding
        self.weight = weight
        self.stop = stop
        self.region = region
    }

    /// The loss of views embedded as `[n, d]`, a scalar.
    public func loss(of views: Tensor) -> Tensor {
        let distances = Tensor.apply(.sphericalDistance, [views, embedding])
        return Tensor.apply(.promptLoss(weight: weight, stop: stop), [distances])
    }

    /// The same prompt, counting only in part.
    func faded(to share: Float) -> Prompt {
        Prompt(embedding: embedding, weight: weight * share, stop: stop, region: region)
    }
}
