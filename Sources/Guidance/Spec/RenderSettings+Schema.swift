extension RenderSettings {
    /// A JSON schema (draft 2020-12) of one render's settings, as text with sorted keys.
    public static var jsonSchema: String {
        let properties = keys.sorted { $0.name < $1.name }.map { setting in
            "    \(quoted(setting.name)): {\"description\": \(quoted(setting.help)), \(constraints(of: setting.kind))}"
        }
        return """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "additionalProperties": false,
              "properties": {
            \(properties.joined(separator: ",\n"))
              },
              "required": ["prompt"],
              "type": "object"
            }

            """
    }

    private static func constraints(of kind: RenderSetting.Kind) -> String {
        switch kind {
        case .text: #""type": "string""#
        case .flag: #""type": "boolean""#
        case .integer(let range):
            #""type": "integer", "minimum": \#(range.lowerBound), "maximum": \#(range.upperBound)"#
        case .number(let range):
            #""type": "number", "minimum": \#(range.lowerBound), "maximum": \#(range.upperBound)"#
        case .choice(let words): #""enum": [\#(list(words))]"#
        case .numbers(let range, let maximum):
            #""type": "array", "maxItems": \#(maximum), "items": {"type": "number", "#
                + #""minimum": \#(range.lowerBound), "maximum": \#(range.upperBound)}"#
        case .colors(let maximum):
            #""type": "array", "maxItems": \#(maximum), "items": {"type": "string", "#
                + #""pattern": "^#?[0-9A-Fa-f]{6}$"}"#
        case .schedule(let range):
            #""type": ["integer", "string"], "minimum": \#(range.lowerBound), "maximum": \#(range.upperBound), "#
                + #""pattern": "^[0-9]+(@0)?(,[0-9]+@[0-9]+)*$""#
        case .augmentations(let maximum):
            #""type": "array", "maxItems": \#(maximum), "items": {"type": "string", "#
                + #""pattern": "^(\#(augmentationNames))([(].*[)])?$"}"#
        case .size:
            #""type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "integer", "#
                + #""minimum": \#(Limits.side.lowerBound), "maximum": \#(Limits.side.upperBound)}"#
        case .file, .picture: #""type": "string", "maxLength": \#(Limits.nameBytes)"#
        case .models(let maximum), .pictures(let maximum), .imagePrompts(let maximum), .texts(let maximum):
            #""type": ["array", "string"], "maxItems": \#(maximum), "items": {"type": "string"}"#
        }
    }

    private static var augmentationNames: String {
        AugmentationName.allCases.flatMap { [$0.rawValue, $0.shortName] }.joined(separator: "|")
    }

    private static func list(_ words: [String]) -> String { words.map(quoted).joined(separator: ", ") }

    /// The table holds plain ASCII without quotes or backslashes.
    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
