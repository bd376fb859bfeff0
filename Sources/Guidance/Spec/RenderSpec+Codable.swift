extension RenderSpec: Codable {
    /// Encodes all settings under their names, the absent ones left out.
    public func encode(to encoder: any Encoder) throws {
        var settings: [String: JSONValue] = [:]
        for setting in RenderSettings.keys { settings[setting.name] = setting.write(self) }
        try settings.encode(to: encoder)
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
        guard values["prompt"] != nil else { throw .missing("prompt") }
        self = if let defaults { defaults.spec } else { try Self.defaults(for: values).spec }
        for setting in RenderSettings.keys {
            if let value = values[setting.name] { try setting.read(value, &self) }
        }
        try validate()
    }

    /// The defaults that suit the models named.
    private static func defaults(for values: [String: JSONValue]) throws(RenderSpecError) -> RenderDefaults {
        func model<Value: SettingConvertible>(_ key: String, _ starter: Value) throws(RenderSpecError) -> Value {
            guard let value = values[key] else { return starter }
            return try Value.read(value, key: key, kind: Value.kind ?? .file)
        }
        return .matching(
            vqgan: try model("vqgan", FileReference.starter), clips: try model("clip", [.starter] as GuidingCLIPs))
    }
}
