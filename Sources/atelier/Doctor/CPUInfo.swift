/// What `/proc/cpuinfo` says about the processor.
struct CPUInfo: Equatable {
    /// The name of the model, or "unknown processor" where the file has none (as on many ARM systems).
    let model: String

    /// The number of logical processors.
    let processors: Int

    /// The instruction set extensions of the first processor, in lower case: `avx2`, `fma`, `asimd`.
    let features: Set<String>

    init(model: String, processors: Int, features: Set<String>) {
        self.model = model
        self.processors = processors
        self.features = features
    }

    /// Reads the text of `/proc/cpuinfo`: lines of a key, a colon and a value.
    init(parsing text: String) {
        var model = ""
        var processors = 0
        var features: Set<String> = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = line[..<colon].split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
            let words = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
            switch key {
            case "processor": processors += 1
            case "model name" where model.isEmpty: model = words.joined(separator: " ")
            case "flags" where features.isEmpty, "features" where features.isEmpty:
                features = Set(words.map { $0.lowercased() })
            default: break
            }
        }
        self.init(model: model.isEmpty ? "unknown processor" : model, processors: processors, features: features)
    }

    /// Those of the wanted features that the processor lacks, in the order asked for.
    func missing(_ wanted: [String]) -> [String] { wanted.filter { !features.contains($0) } }
}
