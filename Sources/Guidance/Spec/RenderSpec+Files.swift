/// A file that a specification names, and the setting that names it.
public struct SpecFile: Sendable, Hashable {
    /// What a file holds.
    public enum Content: Sendable, Hashable {
        /// A checkpoint of the painter or of a judge.
        case model
        /// A PNG.
        case picture
    }

    /// The setting's key.
    public let setting: String
    /// Name and, once somebody has read it, digest.
    public let reference: FileReference
    /// What it holds.
    public let content: Content
}

extension RenderSpec {
    /// Every file that the render reads, in the order of the table of settings; the embedded model is none.
    ///
    /// A configuration that lies beside a checkpoint belongs to that checkpoint and is not listed.
    public var files: [SpecFile] {
        RenderSettings.keys.flatMap { setting in
            setting.files(self).filter { $0.name != FileReference.starter.name }.map {
                SpecFile(setting: setting.name, reference: $0, content: setting.namesModels ? .model : .picture)
            }
        }
    }
}

extension RenderSetting {
    /// Whether values name files.
    public var namesFiles: Bool {
        switch kind {
        case .file, .models, .picture, .pictures, .imagePrompts: true
        case .text, .flag, .integer, .number, .numbers, .colors, .choice, .schedule, .augmentations, .size,
            .texts:
            false
        }
    }

    /// Whether values name models.
    public var namesModels: Bool {
        if case .models = kind { true } else { kind == .file }
    }

    /// A text of a value with its files replaced: how names get their digests.
    ///
    /// One text may name several files, joined by `|`; the result has one text per file. Settings that name no files
    /// return the text as it is.
    public func replacingFiles<Failure: Error>(
        in text: String, by replace: (FileReference) throws(Failure) -> FileReference
    ) throws(Failure) -> [String] {
        switch kind {
        case .file, .picture: [try replace(FileReference(text: text)).text]
        case .models:
            try GuidingCLIPs.parts(text).map { part throws(Failure) in
                var judge = GuidingCLIP(text: part)
                judge.file = try replace(judge.file)
                return judge.text
            }
        case .pictures: try parts(of: text) { (file: FileReference) throws(Failure) in try replace(file) }
        case .imagePrompts:
            try parts(of: text) { (prompt: ImagePrompt) throws(Failure) in
                var prompt = prompt
                prompt.file = try replace(prompt.file)
                return prompt
            }
        case .text, .flag, .integer, .number, .numbers, .colors, .choice, .schedule, .augmentations, .size,
            .texts:
            [text]
        }
    }

    /// The texts between bars, changed; one that does not parse stays, for the strict reader to refuse.
    private func parts<Element: SettingText, Failure: Error>(
        of text: String, change: (Element) throws(Failure) -> Element
    ) throws(Failure) -> [String] {
        var texts: [String] = []
        for part in Glyph.read(text).split(separator: .bar, omittingEmptySubsequences: false) {
            guard let element = try? Element(part: part, key: name) else { return [text] }
            texts.append(try change(element).part)
        }
        return texts
    }
}
