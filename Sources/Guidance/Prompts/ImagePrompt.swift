/// A picture whose look the render is drawn towards: `path:weight:stop`, perhaps with `@inside=mask` before the weight.
///
/// From the end, only numbers behind colons are peeled off, so a path may hold colons; `\:`, `\|`, `\^`, `\@` and `\\`
/// put the plain character into a path.
public struct ImagePrompt: Sendable, Hashable {
    /// The PNG.
    public var file: FileReference
    /// Factor of its loss; a negative one repels.
    public var weight: Float
    /// The signed distance below which it no longer pulls.
    public var stop: Float
    /// The part of the render that it judges; nil for all of it.
    public var region: PromptRegion?

    /// Makes an image prompt.
    public init(file: FileReference, weight: Float = 1, stop: Float = -.infinity, region: PromptRegion? = nil) {
        self.file = file
        self.weight = weight
        self.stop = stop
        self.region = region
    }
}

/// Noise as a prompt: a random direction of CLIP's space, `seed:weight:stop`.
///
/// The published scripts use it to make renders of one text differ, or for pictures of nothing. The embedding is
/// standard normal, drawn from a counted stream of this seed alone: the same for every render, but other numbers than
/// PyTorch's generator gives for that seed.
public struct NoisePrompt: Sendable, Hashable {
    /// What the direction follows from; independent of the render's seed.
    public var seed: UInt64
    /// Factor of its loss; a negative one repels.
    public var weight: Float
    /// The signed distance below which it no longer pulls.
    public var stop: Float

    /// Makes a noise prompt.
    public init(seed: UInt64, weight: Float = 1, stop: Float = -.infinity) {
        self.seed = seed
        self.weight = weight
        self.stop = stop
    }
}

extension ImagePrompt: SettingText {
    static var example: String { "photo.png:0.5" }

    init(part: ArraySlice<Glyph>, key: String) throws(RenderSpecError) {
        var rest = part
        let numbers = rest.peelNumbers()
        do { region = try rest.peelRegion() } catch { throw .prompt(error) }
        let text = Glyph.text(rest).trimmed
        (weight, stop) = try weightAndStop(numbers, of: Glyph.text(part), key: key)
        file = try FileReference.read(.string(text), key: key, kind: .picture)
    }

    var part: String {
        file.part + (region?.text ?? "") + suffix(weight: weight, stop: stop)
    }

    var namedFiles: [FileReference] { [file] }
}

extension NoisePrompt: SettingText {
    static var example: String { "7:0.5" }

    init(part: ArraySlice<Glyph>, key: String) throws(RenderSpecError) {
        let fields = part.split(separator: .colon, omittingEmptySubsequences: false).map { Glyph.text($0).trimmed }
        let numbers = fields.dropFirst().compactMap { Float(decimal: $0) }
        guard fields.count <= 3, numbers.count == fields.count - 1, let seed = UInt64(fields[0]) else {
            throw .wrongType(
                key: key, expected: "seeds such as \(Self.example)", found: "“\(Glyph.text(part).prefix(60))”")
        }
        self.seed = seed
        (weight, stop) = try weightAndStop(numbers, of: Glyph.text(part), key: key)
    }

    var part: String { "\(seed)" + suffix(weight: weight, stop: stop) }
}

private func weightAndStop(_ numbers: [Float], of part: String, key: String) throws(RenderSpecError) -> (Float, Float) {
    let weight = numbers.first ?? 1
    guard weight.isFinite else { throw .wrongType(key: key, expected: "finite weights", found: "“\(part.prefix(60))”") }
    return (weight, numbers.count > 1 ? numbers[1] : -.infinity)
}

/// `:weight:stop` as far as they are not the defaults.
private func suffix(weight: Float, stop: Float) -> String {
    if stop != -.infinity { return ":\(weight):\(stop)" }
    return weight == 1 ? "" : ":\(weight)"
}
