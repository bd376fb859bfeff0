/// The weights that a pickle names, in the order of the file: which of its tensors, under which name.
struct NamedTensors {
    /// Why no weights were found.
    struct Failure: Error {
        let message: String
        var hint: String?
    }

    /// Names and numbers in `PickleGraph.tensors`; no name twice.
    private(set) var found: [(name: String, tensor: Int)] = []
    private var names: Set<String> = []

    private mutating func add(_ name: String, _ tensor: Int) throws(Failure) {
        guard name.utf8.count <= Limits.nameBytes else {
            throw Failure(message: "a tensor has a name of \(name.utf8.count) bytes")
        }
        guard names.insert(name).inserted else { throw Failure(message: "tensor '\(name)' occurs twice") }
        guard found.count < Limits.tensors else {
            throw Failure(message: "it names more than \(Limits.tensors) tensors")
        }
        found.append((name, tensor))
    }
}

// MARK: - State dicts

extension NamedTensors {
    /// Where checkpoints of training runs keep their weights, the usual place first.
    private static let places = ["state_dict", "model", "module", "model_state_dict", "net", "params"]

    /// The tensors of a state dict: the pickle's own value, or the one that a checkpoint of a training run holds
    /// beside optimisers, schedules and settings.
    ///
    /// - Throws: `Failure` where there is none, and where a weight is of a kind that is not read.
    init(stateDictIn graph: PickleGraph, at root: PickleReference) throws(Failure) {
        let advice = "save the weights alone: torch.save(model.state_dict(), path)"
        guard case .dictionary = graph[root] else {
            throw Failure(message: "it holds \(graph.kind(root)) instead of a dictionary of tensors", hint: advice)
        }
        let place = Self.place(in: graph, at: root)
        guard case .dictionary(let entries) = graph[place], Self.hasTensors(graph, place) else {
            // Weights of float8 or complex numbers, or whole modules: what they are says more than that they are none.
            for case .dictionary(let entries) in [graph[place]] {
                for entry in entries {
                    guard let name = graph.text(entry.key), case .inert(let type) = graph[entry.value] else { continue }
                    throw Failure(
                        message: "it holds no tensors of a kind that is read: '\(name.prefix(120))' is an object of "
                            + "\(type.prefix(120))", hint: "convert the weights to float32 and \(advice)")
                }
            }
            throw Failure(message: "it holds no tensors", hint: advice)
        }
        for entry in entries {
            switch (graph.text(entry.key), graph[entry.value]) {
            case (let name?, .tensor(let tensor)): try add(name, tensor)
            case (nil, .tensor): throw Failure(message: "a tensor is named by \(graph.kind(entry.key))")
            case (let name?, .inert(let type)) where place != root:
                throw Failure(
                    message: "weight '\(name)' is an object of \(type.prefix(120)), which is not read", hint: advice)
            default: continue  // counters and settings that are no weights
            }
        }
    }

    private static func place(in graph: PickleGraph, at root: PickleReference) -> PickleReference {
        var place = root
        // A wrapper in a wrapper is as much as occurs.
        for _ in 0..<3 {
            let inner = places.lazy.compactMap { graph.member($0, of: place) }.first { inner in
                hasTensors(graph, inner) || places.contains { graph.member($0, of: inner) != nil }
            }
            guard let inner else { break }
            place = inner
        }
        return place
    }

    private static func hasTensors(_ graph: PickleGraph, _ reference: PickleReference) -> Bool {
        guard case .dictionary(let entries) = graph[reference] else { return false }
        return entries.contains { if case .tensor = graph[$0.value] { true } else { false } }
    }
}

// MARK: - TorchScript

extension NamedTensors {
    /// The tensors of a TorchScript module tree, named by the attributes on the way to them, joined by dots.
    ///
    /// Numbers, lists and everything else that an attribute may hold is no weight and is passed over.
    ///
    /// - Throws: `Failure` where the pickle holds no module, or one that goes on for too long.
    init(moduleIn graph: PickleGraph, at root: PickleReference) throws(Failure) {
        guard case .script = graph[root] else {
            throw Failure(message: "its module is \(graph.kind(root))")
        }
        var visits = 0
        try add(module: root, prefix: "", of: graph, visits: &visits)
        if found.isEmpty { throw Failure(message: "its module holds no tensors") }
    }

    /// Recursion is bounded: the graph was found free of cycles, and no deeper than `Limits.pickleNesting`.
    private mutating func add(
        module: PickleReference, prefix: String, of graph: PickleGraph, visits: inout Int
    ) throws(Failure) {
        guard case .script(let attributes?) = graph[module], case .dictionary(let entries) = graph[attributes] else {
            return
        }
        guard prefix.utf8.count <= Limits.nameBytes else {
            throw Failure(message: "a module has a name of \(prefix.utf8.count) bytes")
        }
        for entry in entries {
            visits += 1
            guard visits <= Limits.attributes else {
                throw Failure(message: "its module tree has more than \(Limits.attributes) attributes")
            }
            guard let name = graph.text(entry.key) else { continue }
            switch graph[entry.value] {
            case .tensor(let tensor): try add(prefix + name, tensor)
            case .script: try add(module: entry.value, prefix: "\(prefix)\(name).", of: graph, visits: &visits)
            default: continue
            }
        }
    }
}
