/// What a render is drawn towards beside its text, and how a story goes on.
public struct PromptSettings: Sendable, Hashable {
    /// Pictures as prompts; kept in every phrase of a story.
    public var images: [ImagePrompt] = []
    /// Random directions as prompts; kept in every phrase of a story.
    public var noises: [NoisePrompt] = []
    /// The masks that prompts name: white is inside.
    public var masks: [FileReference] = []
    /// Iterations of a phrase; nil shares all iterations out equally.
    public var storyEvery: Int?
    /// Iterations over which a phrase turns into the next; nil changes at once.
    public var storyBlend: Int?

    /// No prompts beside the text.
    public init() {}

    var imageTexts: SettingTexts<ImagePrompt> {
        get { SettingTexts(items: images) }
        set { images = newValue.items }
    }

    var noiseTexts: SettingTexts<NoisePrompt> {
        get { SettingTexts(items: noises) }
        set { noises = newValue.items }
    }

    var maskTexts: SettingTexts<FileReference> {
        get { SettingTexts(items: masks) }
        set { masks = newValue.items }
    }

    static let settings = [
        RenderSetting(
            "image_prompts", \.prompting.imageTexts, as: .imagePrompts(maximum: Limits.prompts),
            "PNGs to look like, each path:weight:stop", otherNames: ["image_prompt", "target_images"],
            adjust: { spec, _ in spec.listNamedMasks() }),
        RenderSetting(
            "noise_prompts", \.prompting.noiseTexts, as: .texts(maximum: Limits.prompts),
            "random directions as prompts, each seed:weight:stop",
            otherNames: ["noise_prompt_seeds", "noise_prompt_weights"]),
        RenderSetting(
            "prompt_masks", \.prompting.maskTexts, as: .pictures(maximum: Limits.prompts),
            "PNGs that prompts name as in text@inside=left.png; white is inside",
            otherNames: ["spot", "spot_file", "prompt_mask"]),
        RenderSetting(
            "story_every", \.prompting.storyEvery, as: .integer(Limits.iterations),
            "iterations of each phrase between ^; by default all shared out equally",
            otherNames: ["change_prompt_every", "prompt_frequency", "cpe"]),
        RenderSetting(
            "story_blend", \.prompting.storyBlend, as: .integer(Limits.iterations),
            "iterations in which a phrase turns into the next on the sphere",
            otherNames: ["interpolation_steps", "prompt_blend"]),
    ]
}

extension RenderSpec {
    /// The mask that a region names; throws `RenderSpecError` if there is none, or more than one.
    func mask(of region: PromptRegion) throws(RenderSpecError) -> FileReference {
        let found = prompting.masks.filter(region.names)
        guard found.count <= 1 else {
            throw .conflict("“prompt_masks” has \(found.count) files called “\(region.mask)”; rename one of them")
        }
        guard let mask = found.first else {
            throw .conflict("a prompt names the mask “\(region.mask)”, which is not among “prompt_masks”; add it there")
        }
        return mask
    }

    /// Masks that the text names, as if they had been listed: what applies where nobody lists them.
    mutating func listNamedMasks() {
        // A text that does not parse is refused when the specification is checked.
        let regions = ((try? prompts()) ?? []).map(\.region) + prompting.images.map(\.region)
        prompting.masks = Self.masks(of: regions.compactMap { $0 })
    }

    /// Names of the masks that texts of `prompt` and `image_prompts` mention, each once; for settings that do not list
    /// them.
    public static func masksNamed(prompt: String, imagePrompts: [String] = []) -> [String] {
        let texts = ((try? PromptSyntax.parse(prompt)) ?? []).map(\.region)
        let images = imagePrompts.flatMap { Glyph.read($0).split(separator: .bar) }.map {
            (try? ImagePrompt(part: $0, key: "image_prompts"))?.region
        }
        return masks(of: (texts + images).compactMap { $0 }).map(\.part)
    }

    private static func masks(of regions: [PromptRegion]) -> [FileReference] {
        var masks: [FileReference] = []
        for region in regions where !masks.contains(where: region.names) {
            masks.append(FileReference(name: region.mask))
        }
        return masks
    }

    /// Checks the story and the regions; throws `RenderSpecError`.
    func validatePrompts() throws(RenderSpecError) {
        let phrases: [[PromptText]]
        do { phrases = try story() } catch { throw .prompt(error) }
        for case let region? in phrases.joined().map(\.region) + prompting.images.map(\.region) {
            _ = try mask(of: region)
        }
        guard phrases.count > 1 else {
            for (key, value) in [("story_every", prompting.storyEvery), ("story_blend", prompting.storyBlend)]
            where value != nil {
                throw .conflict("“\(key)” needs a story: write several phrases in the prompt, separated by ^")
            }
            return
        }
        let timing = StoryTiming(of: self, phrases: phrases.count)
        guard timing.start(ofTurn: phrases.count - 1) < iterations, iterations >= phrases.count else {
            throw .conflict(
                "phrase \(phrases.count) of the story would never begin within \(iterations) iterations; "
                    + "lower “story_every” or raise “iterations”")
        }
        guard timing.blend <= timing.shortest else {
            throw .conflict(
                "“story_blend” is \(timing.blend) but a phrase lasts only \(timing.shortest) iterations; lower it")
        }
    }
}
