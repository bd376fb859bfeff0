import Crypto
import FarmModel
import Foundation
import Guidance
import Imaging
import ModelStore
import OrderedCollections
import TensorCPU

/// A job that was checked against the models it names: nothing about it can be refused later for being wrong.
struct PreparedJob {
    /// What to submit; its base settings are complete.
    var spec: JobSpec
    /// Equal for equal jobs, so that submitting one again goes on with it.
    var key: FarmModel.Digest
    /// Every file that a task reads, by the digest of its content: where it lies here.
    var files: OrderedDictionary<String, String> = [:]
}

/// Turns a template into a job: resolves files to digests, validates every setting, fills in the defaults.
struct JobPreparation {
    /// Checks a template; throws `UserError` with the first thing that does not fit.
    static func prepare(
        _ template: JobTemplate, models store: ModelStore = ModelStore(folder: ModelStore.defaultFolder)
    ) throws -> PreparedJob {
        if template.noop != nil {
            let spec = template.jobSpec
            do { try spec.validate() } catch { throw UserError("\(error)") }
            return PreparedJob(spec: spec, key: key(of: spec, template.terms))
        }
        let references = ReferenceResolution(store: store, folder: template.folder)
        var template = template
        template.prompts = template.prompts.map { listingMasks($0, of: template) }
        template.settings = try resolvingFiles(template.settings, references)
        template.prompts = try template.prompts.map { try resolvingFiles($0, references) }
        template.sweep = try template.sweep.map { axis in
            .init(
                setting: axis.setting,
                values: try axis.values.map { try resolvingFiles($0, of: axis.setting, references) })
        }
        var spec = template.jobSpec
        do { try spec.validate() } catch { throw UserError("\(error)") }
        let points = spec.steps.flatMap { $0.space.representativePoints }
        let (first, files) = try check(points, references)
        spec.steps[0].space.base = try completed(template, first: first)
        spec.steps[0].affinity = affinity(of: first)
        return PreparedJob(spec: spec, key: key(of: spec, template.terms), files: files)
    }

    // MARK: - Files

    /// A prompt's settings with the masks that its text names, unless they are listed somewhere.
    ///
    /// So they become settings of their own, which get digests as all files do.
    private static func listingMasks(_ prompt: Settings, of template: JobTemplate) -> Settings {
        let key = "prompt_masks"
        let isListed = prompt[key] != nil || template.settings[key] != nil
        guard !isListed, !template.sweep.contains(where: { $0.setting == key }) else { return prompt }
        func texts(_ value: SettingValue?) -> [String] {
            switch value {
            case .string(let text): [text]
            case .list(let values): values.flatMap { texts($0) }
            case .integer, .number, .boolean, nil: []
            }
        }
        let swept = template.sweep.filter { $0.setting == "image_prompts" }.flatMap { $0.values.flatMap { texts($0) } }
        let masks = RenderSpec.masksNamed(
            prompt: texts(prompt["prompt"]).first ?? "",
            imagePrompts: texts(prompt["image_prompts"] ?? template.settings["image_prompts"]) + swept)
        var result = prompt
        if !masks.isEmpty { result[key] = .list(masks.map { .string($0) }) }
        return result
    }

    private static func resolvingFiles(_ settings: Settings, _ references: ReferenceResolution) throws -> Settings {
        var result = settings
        for (key, value) in settings { result[key] = try resolvingFiles(value, of: key, references) }
        return result
    }

    /// Files named anywhere in a value become absolute and get the digests of their contents.
    private static func resolvingFiles(
        _ value: SettingValue, of key: String, _ references: ReferenceResolution
    ) throws -> SettingValue {
        guard let setting = RenderSettings.named(key), setting.namesFiles else { return value }
        switch value {
        case .string(let text):
            let texts = try setting.replacingFiles(in: text) { try references.resolve($0, of: setting) }
            return texts.count == 1 ? .string(texts[0]) : .list(texts.map { .string($0) })
        case .list(let values):
            let texts = try values.map { element throws -> [SettingValue] in
                guard case .string(let text) = element else { return [element] }
                return try setting.replacingFiles(in: text) { try references.resolve($0, of: setting) }.map {
                    .string($0)
                }
            }
            return .list(Array(texts.joined()))
        case .integer, .number, .boolean:
            return value
        }
    }

    // MARK: - Checks

    /// Checks every point against its models; the first one with the digests of the models filled in.
    private static func check(
        _ points: [Settings], _ references: ReferenceResolution
    ) throws -> (first: RenderSpec, files: OrderedDictionary<String, String>) {
        let backend = CPUBackend(threads: 1)
        var loaded: (key: [String], models: GuidanceModels)?
        var first: RenderSpec?
        var files: OrderedDictionary<String, String> = [:]
        for point in points {
            do {
                let spec = try RenderSpec(json: point.canonicalJSON)
                let key = spec.modelKey
                if loaded?.key != key {
                    loaded = nil
                    loaded = (key, try GuidanceModels.load(for: spec, on: backend, at: references.location))
                }
                guard let models = loaded?.models else { continue }
                try models.validate(spec, pictures: try RenderPictures(of: spec, at: references.location))
                for file in spec.files {
                    for (sha256, path) in try references.paths(of: file.reference) { files[sha256] = path }
                }
                first = first ?? models.resolving(spec)
            } catch {
                throw UserError("\(error)")
            }
        }
        guard let first else { preconditionFailure("a valid job has a point") }
        return (first, files)
    }

    // MARK: - Defaults

    /// The base settings with every default that no axis touches, so that a manifest names all settings of a task.
    private static func completed(_ template: JobTemplate, first: RenderSpec) throws -> Settings {
        let given = template.settings
        var varied = Set(template.prompts.flatMap(\.keys)).union(template.sweep.map(\.setting)).union([
            "prompt", "seed",
        ])
        // What is the default depends on the models.
        guard varied.isDisjoint(with: ["vqgan", "clip"]) else { return given }
        if varied.contains("cutout_method") { varied.formUnion(["augmentations", "noise"]) }
        if varied.contains("start_image") { varied.insert("start") }
        do {
            let full = try JSONDecoder().decode([String: JSONSetting].self, from: Data(try first.canonicalJSON().utf8))
            var result = given
            for key in full.keys.sorted() where !varied.contains(key) { result[key] = full[key]?.value }
            return result
        } catch {
            throw UserError("\(error)")
        }
    }

    /// Names the models of a job, so that its tasks prefer workers that have them loaded.
    private static func affinity(of spec: RenderSpec) -> String {
        let text = spec.modelKey.joined(separator: "\n")
        return SHA256.hash(data: Data(text.utf8)).prefix(8).map { String(format: "%02x", $0) }.joined()
    }

    /// SHA-256 of a text that spells the whole job, but not how urgent it is and who asks.
    private static func key(of spec: JobSpec, _ terms: JobTerms) -> FarmModel.Digest {
        var text = "atelier job 1\n\(spec.name)\n0\n\(terms.key)"
        for step in spec.steps {
            text += "\(step.name) \(step.action.rawValue) \(step.dependsOn)\n\(step.space.base.canonicalJSON)\n"
            for axis in step.space.axes { text += axis.values.map(\.canonicalJSON).joined(separator: "|") + "\n" }
        }
        guard let digest = FarmModel.Digest(Array(SHA256.hash(data: Data(text.utf8)))) else {
            preconditionFailure("SHA-256 has \(FarmModel.Digest.byteCount) octets")
        }
        return digest
    }
}

/// A setting read back from JSON.
private struct JSONSetting: Decodable {
    let value: SettingValue

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            value = .boolean(flag)
        } else if let whole = try? container.decode(Int64.self) {
            value = .integer(whole)
        } else if let number = try? container.decode(Double.self) {
            value = .number(number)
        } else if let text = try? container.decode(String.self) {
            value = .string(text)
        } else {
            value = .list(try container.decode([JSONSetting].self).map(\.value))
        }
    }
}
