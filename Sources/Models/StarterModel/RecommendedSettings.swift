public import Checkpoints

/// The settings that a model pair's makers evaluated it with; nil where they say nothing.
public struct RecommendedSettings: Sendable, Equatable {
    /// Optimiser steps.
    public var steps: Int?
    /// Cutouts per step.
    public var cutouts: Int?
    /// Side of the picture in pixels.
    public var size: Int
    /// Step size of the optimiser.
    public var learningRate: Double?
    /// Largest standard deviation of the noise on cutouts.
    public var noise: Double?
    /// How the latent starts, in the makers' word.
    public var start: String?
}

extension StarterModel {
    /// The settings in `eval/metrics.json`; the VQGAN's training size where no size is given.
    ///
    /// - Throws: `CheckpointError` where a file is damaged; a folder without `metrics.json` is none.
    public func recommendedSettings() throws(CheckpointError) -> RecommendedSettings {
        let network = try Configuration.read(vqganConfiguration).section("model").section("params").section("ddconfig")
        var settings = RecommendedSettings(size: try network.integer("resolution", in: 1...8192))
        guard let metrics = try Configuration.readIfPresent("\(folder)/eval/metrics.json"),
            let given = try metrics.sectionIfGiven("settings")
        else { return settings }
        settings.steps = try given.integerIfGiven("steps", in: 1...1_000_000)
        settings.cutouts = try given.integerIfGiven("cutn", in: 1...1024)
        settings.size = try given.integerIfGiven("size", in: 1...8192) ?? settings.size
        settings.learningRate = try given.numberIfGiven("lr", in: 1e-6...10)
        settings.noise = try given.numberIfGiven("noise", in: 0...10)
        settings.start = try given.textIfGiven("init")
        return settings
    }
}
