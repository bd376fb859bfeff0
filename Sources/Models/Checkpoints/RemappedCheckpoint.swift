public import TensorCore

/// A checkpoint seen under the names of another layout.
public struct RemappedCheckpoint: Checkpoint {
    private let base: any Checkpoint
    private let rules: [KeyRule]

    /// The file.
    public var path: String { base.path }
    /// The new names in the order of the file; what no rule matches is left out.
    public let names: [String]

    /// Applies rules to a checkpoint; for every name the first matching rule counts.
    public init(_ base: any Checkpoint, _ rules: [KeyRule]) {
        self.base = base
        self.rules = rules
        names = base.names.compactMap { name in
            for rule in rules {
                if let captures = KeyRule.match(name, rule.sources[0]) { return KeyRule.fill(rule.target, captures) }
            }
            return nil
        }
    }

    /// Extents under the new name; nil where a tensor it is made of is missing or does not fit.
    public func shape(of name: String) -> Shape? {
        guard let (rule, sources) = origin(of: name) else { return nil }
        let shapes = sources.compactMap(base.shape(of:))
        guard shapes.count == sources.count, let first = shapes.first else { return nil }
        switch rule.action {
        case .keep:
            return first
        case .transpose:
            return first.rank == 2 ? [first[1], first[0]] : nil
        case .stack:
            guard first.rank > 0, shapes.allSatisfy({ $0 == first }) else { return nil }
            return first.replacing(axis: 0, with: first[0] * shapes.count)
        }
    }

    /// The tensor under the new name; an error names the tensor of the file that is missing.
    public func tensor(named name: String) throws(CheckpointError) -> HostTensor {
        guard let (rule, sources) = origin(of: name) else { throw missing(name) }
        var parts: [HostTensor] = []
        for source in sources { parts.append(try base.tensor(named: source)) }
        guard let shape = shape(of: name) else {
            let shapes = parts.map { "\($0.shape)" }.joined(separator: ", ")
            throw CheckpointError(
                path: path,
                message: "tensors \(sources.joined(separator: ", ")) have shapes \(shapes), which do not fit")
        }
        switch rule.action {
        case .keep:
            return parts[0]
        case .transpose:
            let (rows, columns, values) = (shape[1], shape[0], parts[0].values)
            let turned = (0..<columns).flatMap { c in (0..<rows).map { r in values[r * columns + c] } }
            return HostTensor(shape: shape, values: turned)
        case .stack:
            return HostTensor(shape: shape, values: parts.flatMap(\.values))
        }
    }

    /// The tensor under the new name; one that is only renamed is lent where it lies.
    public func withTensor<Result>(
        named name: String, _ body: (Shape, UnsafeBufferPointer<Float>) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        if let (rule, sources) = origin(of: name), case .keep = rule.action {
            return try base.withTensor(named: sources[0], body)
        }
        return try tensor(named: name).lend(body)
    }

    /// The names in the file, joined by `+` where there are several.
    public func storedName(of name: String) -> String {
        guard let (_, sources) = origin(of: name) else { return name }
        // Of several parts the missing ones are what a message is about.
        let absent = sources.filter { base.shape(of: $0) == nil }
        return (absent.isEmpty ? sources : absent).map(base.storedName(of:)).joined(separator: " + ")
    }

    private func origin(of name: String) -> (rule: KeyRule, sources: [String])? {
        for rule in rules {
            if let captures = KeyRule.match(name, rule.target) {
                return (rule, rule.sources.map { KeyRule.fill($0, captures) })
            }
        }
        return nil
    }
}
