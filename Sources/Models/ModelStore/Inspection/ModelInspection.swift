import CLIP
public import Checkpoints
public import TensorCore
import VQGAN

/// What a checkpoint holds: its container, the model it is of, its tensors, and what is odd about them.
public struct ModelInspection: Sendable {
    /// One tensor.
    public struct TensorRow: Sendable, Hashable {
        /// Its name in the file.
        public var name: String
        /// Extents as stored.
        public var extents: [Int]
        /// How elements are stored, such as `F16`; nil where the container does not say.
        public var type: String?
        /// Number of elements.
        public var count: Int { extents.reduce(1, *) }
    }

    /// The file.
    public var path: String
    /// What it is written in, such as `safetensors`.
    public var container: String
    /// What it is for; nil if it is of neither kind.
    public var kind: InstalledModel.Kind?
    /// One line on what it is made of.
    public var architecture: String
    /// All tensors, in the file's order.
    public var tensors: [TensorRow]
    /// Elements of the tensors that belong to the model.
    public var parameters: Int
    /// What a person should look at, one line each; empty for an ordinary file.
    public var oddities: [String]

    /// Why it cannot be used for rendering: what is missing or misshapen; nil if it can, or if that was not tried.
    public var flaw: String?

    /// Opens a checkpoint and looks at every tensor's name and shape, and on demand at every value.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - configuration: the file with its hyperparameters, if there is one.
    ///   - readingValues: whether to look for values that are not finite; reads the whole file.
    ///   - backend: where to load the model to see whether anything is missing; nil does not try.
    /// - Throws: `CheckpointError` if it cannot be opened.
    public init(
        path: String, configuration: String? = nil, readingValues: Bool = false, loadingOn backend: (any Backend)? = nil
    ) throws(CheckpointError) {
        let checkpoint = try openCheckpoint(at: path)
        self.path = path
        container = checkpoint.containerName
        tensors = checkpoint.names.map { name in
            TensorRow(
                name: name, extents: checkpoint.shape(of: name)?.dimensions ?? [],
                type: checkpoint.elementType(of: name)?.rawValue)
        }
        oddities = []
        let layout = ModelLayout(checkpoint)
        kind = layout.kind
        architecture = layout.architecture
        parameters = tensors.filter { layout.belongs($0.name) }.reduce(0) { $0 + $1.count }
        if kind == nil { oddities.append("is neither a VQGAN nor a CLIP with both towers") }
        note(tensors.filter { !layout.belongs($0.name) }.map(\.name), "belong to no part that is used")
        let types = Dictionary(grouping: tensors, by: { $0.type ?? "?" })
        for (type, rows) in types.sorted(by: { $0.key < $1.key }) where ["F64", "I16", "I8", "U8"].contains(type) {
            note(rows.filter { layout.belongs($0.name) }.map(\.name), "are stored as \(type)")
        }
        if readingValues { try lookAtValues(of: checkpoint) }
        if let backend { flaw = ModelInspection.flaw(path, kind, configuration, on: backend) }
    }

    /// What loading says.
    private static func flaw(
        _ path: String, _ kind: InstalledModel.Kind?, _ configuration: String?, on backend: any Backend
    ) -> String? {
        do throws(CheckpointError) {
            switch kind {
            case .vqgan?:
                _ = try VQModel.load(path: path, config: configuration, on: backend)
            case .clip?:
                // Which nonlinearity it is makes no difference to what is missing.
                _ = try CLIPModel.load(
                    path: path, config: configuration, hints: CLIPHints(activation: .quickGELU), on: backend)
            case nil: return nil
            }
            return nil
        } catch {
            return "\(error.message)" + (error.hint.map { "; \($0)" } ?? "")
        }
    }

    /// Counts of tensors by how they are stored, the most frequent first.
    public var types: [(type: String, tensors: Int)] {
        Dictionary(grouping: tensors, by: { $0.type ?? "?" }).map { ($0.key, $0.value.count) }
            .sorted { ($0.1, $1.0) > ($1.1, $0.0) }
    }

    private mutating func lookAtValues(of checkpoint: any Checkpoint) throws(CheckpointError) {
        var (broken, constant): ([String], [String]) = ([], [])
        for name in checkpoint.names {
            let values = try checkpoint.tensor(named: name).values
            var isFinite = true
            for value in values where !value.isFinite { isFinite = false }
            if !isFinite { broken.append(name) }
            if values.count > 1024, let first = values.first, values.allSatisfy({ $0 == first }) {
                constant.append(name)
            }
        }
        note(broken, "hold NaN or infinite values")
        note(constant, "hold one value throughout")
    }

    private mutating func note(_ names: [String], _ what: String) {
        guard !names.isEmpty else { return }
        let shown = names.prefix(Limits.namedOddities).joined(separator: ", ")
        let rest = names.count > Limits.namedOddities ? ", …" : ""
        oddities.append("\(names.count) tensors \(what): \(shown)\(rest)")
    }
}
