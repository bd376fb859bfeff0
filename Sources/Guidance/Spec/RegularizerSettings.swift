/// How `init_weight` holds the latent back.
public enum InitWeightMethod: String, SettingChoice, Codable {
    /// `w/(2i + 1) · mean(z²)/2` in iteration i: a pull to zero that fades, as later scripts have it.
    case decay
    /// `w · mean((z − z₀)²)/2`: the distance from the start, as the first notebook had it.
    case original
    /// `w · 2·asin(‖ẑ − ẑ₀‖/2)²`: the angle between the latent and the start.
    case spherical
    /// `w · (1 − cos(z, z₀))`.
    case cosine
    /// `w · mean|x − x₀|/2`: the distance of the picture from that of the start.
    case pixels
    /// `w · mean(z²)/2`, with w less by a fifth after every 50 iterations: the MSE-regularised notebook.
    case steps
}

/// Axes of symmetry that a picture is drawn to.
public enum SymmetryName: String, SettingChoice, Codable {
    /// Left and right are mirror images.
    case leftRight = "left_right"
    /// Top and bottom are mirror images.
    case upDown = "up_down"
    /// Both.
    case both
}

extension InitWeightMethod: SettingConvertible {}
extension SymmetryName: SettingConvertible {}

/// Terms of the loss that no judge gives, each with its weight; nil for none.
public struct RegularizerSettings: Sendable, Hashable {
    /// Weight of what holds the latent back.
    public var initWeight: Double?
    /// How it is held back; nil for `decay`.
    public var initWeightMethod: InitWeightMethod?
    /// Weight of the squared differences of neighbouring pixels.
    public var totalVariation: Double?
    /// Weight of the slope of the picture.
    public var smoothness: Double?
    /// Colours that the picture is drawn to.
    public var palette: Palette?
    /// Weight of the distance to the palette; nil for 1.
    public var paletteWeight: Double?
    /// Weight of colourfulness, below 0 for dull colours.
    public var saturation: Double?
    /// Symmetry that the picture is drawn to.
    public var symmetry: SymmetryName?
    /// Weight of the distance from its mirror image; nil for 1.
    public var symmetryWeight: Double?

    /// None.
    public init() {}

    /// Checks the settings against each other; throws `RenderSpecError.conflict`.
    func validate() throws(RenderSpecError) {
        if initWeightMethod != nil, initWeight == nil {
            throw .conflict("“init_weight_method” does nothing without “init_weight”, as in 0.5")
        }
        if paletteWeight != nil, palette == nil {
            throw .conflict("“palette_weight” does nothing without a “palette”, as in [\"#203040\", \"#ffcc00\"]")
        }
        if symmetryWeight != nil, symmetry == nil {
            throw .conflict("“symmetry_weight” does nothing without “symmetry”: left_right, up_down or both")
        }
    }

    static let settings = [
        RenderSetting(
            "init_weight", \.regularizers.initWeight, as: .number(Limits.weight),
            "weight of what holds the latent back, towards the start or towards zero", otherNames: ["iw"]),
        RenderSetting(
            "init_weight_method", \.regularizers.initWeightMethod,
            "decay (to zero, fading; unless set), original (mean square from the start), spherical, cosine, pixels, or steps",
            otherNames: ["init_weight_dist", "init_weight_cos", "init_weight_pix", "mse_weight"]),
        RenderSetting(
            "total_variation", \.regularizers.totalVariation, as: .number(Limits.weight),
            "weight of the squared differences of neighbouring pixels", otherNames: ["tv_weight", "tv_scale"]),
        RenderSetting(
            "smoothness", \.regularizers.smoothness, as: .number(Limits.weight),
            "weight of the mean slope of the picture; keeps edges that total_variation blurs",
            otherNames: ["smoothness_weight", "smoothing_weight"]),
        RenderSetting(
            "palette", \.regularizers.palette, as: .colors(maximum: Limits.paletteColors),
            "colours that every pixel is drawn to the nearest of, as in ['#203040', '#ffcc00']",
            otherNames: ["target_palette", "colors"]),
        RenderSetting(
            "palette_weight", \.regularizers.paletteWeight, as: .number(Limits.weight),
            "weight of the mean distance to the palette; 1 unless set"),
        RenderSetting(
            "saturation", \.regularizers.saturation, as: .number(Limits.weight),
            "weight of the colourfulness of the picture; below 0 for dull colours",
            otherNames: ["saturation_weight", "sat_scale"]),
        RenderSetting(
            "symmetry", \.regularizers.symmetry,
            "mirror images that the picture is drawn to: left_right, up_down, both",
            otherNames: ["symmetry_loss"]),
        RenderSetting(
            "symmetry_weight", \.regularizers.symmetryWeight, as: .number(Limits.weight),
            "weight of the mean square distance from the mirror image; 1 unless set"),
    ]
}
