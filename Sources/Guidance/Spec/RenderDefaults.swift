public import StarterModel

/// What applies to settings that a user does not write.
public struct RenderDefaults: Sendable, Equatable {
    /// A complete specification but for its prompt.
    public let spec: RenderSpec

    /// Takes the settings of a specification; its prompt does not matter.
    public init(spec: RenderSpec) { self.spec = spec }

    /// What the makers of the embedded pair recommend, read from its files once; it follows when they are replaced.
    ///
    /// Without readable files - then nothing can be rendered with the pair either - those of published checkpoints.
    public static let starter: RenderDefaults =
        (try? StarterModel().recommendedSettings()).map { .starter($0) } ?? .published

    /// The starter pair's recipe - a searched layout, gentle cutouts, a cosine - with what its makers recommend.
    public static func starter(_ recommended: RecommendedSettings) -> RenderDefaults {
        var views = ViewSettings(count: CutoutSchedule(recommended.cutouts ?? 8), method: .gentle)
        views.noise = recommended.noise ?? views.noise
        return RenderDefaults(
            spec: RenderSpec(
                prompt: "", seed: 0, size: PictureSize(width: recommended.size, height: recommended.size),
                iterations: recommended.steps ?? 80, start: recommended.start.flatMap(Start.init(rawValue:)) ?? .search,
                descent: DescentSettings(learningRate: recommended.learningRate ?? 0.08, schedule: .cosine),
                views: views, vqgan: .starter, clips: [.starter]))
    }

    /// The usual settings of the published checkpoints.
    public static let published = RenderDefaults(
        spec: RenderSpec(
            prompt: "", seed: 0, size: PictureSize(width: 256, height: 256), iterations: 500, start: .random,
            descent: DescentSettings(learningRate: 0.1), views: ViewSettings(count: 32, method: .latest),
            vqgan: .starter, clips: [.starter]))

    /// The starter's defaults if all models are the starter's, else those of the published ones.
    public static func matching(vqgan: FileReference, clips: GuidingCLIPs) -> RenderDefaults {
        let names = [vqgan.name] + clips.judges.map(\.file.name)
        return names.allSatisfy { $0 == FileReference.starter.name } ? .starter : .published
    }
}
