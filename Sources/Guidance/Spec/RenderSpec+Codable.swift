extension RenderSpec: Codable {
    private enum CodingKeys: String, CodingKey {
        case prompt, seed, size, iterations, start, schedule, optimizer, cutouts, augmentations, noise, vqgan, clip
        case startImage = "start_image"
        case learningRate = "learning_rate"
        case cutoutMethod = "cutout_method"
    }

    /// Encodes all settings under their names.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(prompt, forKey: .prompt)
        try container.encode(seed, forKey: .seed)
        try container.encode([size.width, size.height], forKey: .size)
        try container.encode(iterations, forKey: .iterations)
        try container.encode(start, forKey: .start)
        try container.encodeIfPresent(startImage, forKey: .startImage)
        try container.encode(learningRate, forKey: .learningRate)
        try container.encode(schedule, forKey: .schedule)
        try container.encode(optimizer, forKey: .optimizer)
        try container.encode(cutouts, forKey: .cutouts)
        try container.encode(cutoutMethod, forKey: .cutoutMethod)
        try container.encode(augmentations, forKey: .augmentations)
        try container.encode(noise, forKey: .noise)
        try container.encode(vqgan, forKey: .vqgan)
        try container.encode(clip, forKey: .clip)
    }

    /// Decodes strictly, with defaults that suit the models; throws `RenderSpecError`.
    public init(from decoder: any Decoder) throws {
        try self.init(settings: try JSONValue(from: decoder), defaults: nil)
    }

    /// Reads settings strictly from JSON.
    ///
    /// - Parameters:
    ///   - json: an object whose keys are in `RenderSettings.keys`.
    ///   - defaults: what applies to absent keys; by default what suits the models that `json` names.
    /// - Throws: `RenderSpecError` for the first thing that does not fit.
    public init(json: [UInt8], defaults: RenderDefaults? = nil) throws(RenderSpecError) {
        try self.init(settings: try JSONValue.parse(json), defaults: defaults)
    }

    /// Reads settings strictly from JSON text; see `init(json:defaults:)`.
    public init(json: String, defaults: RenderDefaults? = nil) throws(RenderSpecError) {
        try self.init(json: Array(json.utf8), defaults: defaults)
    }

    private init(settings: JSONValue, defaults: RenderDefaults?) throws(RenderSpecError) {
        guard case .object(let values) = settings else {
            throw .malformed("expected an object, got \(settings.kindName)")
        }
        if let key = values.keys.sorted().first(where: { RenderSettings.named($0) == nil }) {
            throw .unknownKey(key, nearest: RenderSettings.nearest(to: key))
        }
        let reader = SettingReader(values: values)
        let (vqgan, clip) = (try reader.file("vqgan"), try reader.file("clip"))
        self = (defaults ?? .matching(vqgan: vqgan ?? .starter, clip: clip ?? .starter)).spec
        self.vqgan = vqgan ?? self.vqgan
        self.clip = clip ?? self.clip
        guard let prompt = try reader.text("prompt") else { throw .missing("prompt") }
        self.prompt = prompt
        seed = try reader.integer("seed") ?? seed
        size = try reader.size("size") ?? size
        iterations = try reader.integer("iterations").map { Int($0) } ?? iterations
        startImage = try reader.file("start_image")
        start = try reader.choice("start") ?? (startImage == nil ? start : .image)
        learningRate = try reader.number("learning_rate") ?? learningRate
        schedule = try reader.choice("schedule") ?? schedule
        optimizer = try reader.choice("optimizer") ?? optimizer
        cutouts = try reader.integer("cutouts").map { Int($0) } ?? cutouts
        let method: CutoutMethod = try reader.choice("cutout_method") ?? cutoutMethod
        if method != cutoutMethod {
            cutoutMethod = method
            augmentations = method.defaultAugmentations
            noise = method.defaultNoise
        }
        augmentations = try reader.augmentations("augmentations") ?? augmentations
        noise = try reader.number("noise") ?? noise
        try validate()
    }
}
