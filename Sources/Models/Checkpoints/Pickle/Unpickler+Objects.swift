/// What the known names mean: dictionaries, storages, tensors. Everything else stays a placeholder.
extension Unpickler {
    /// REDUCE: what calling a name with a tuple of arguments would give.
    mutating func reduce(
        _ callable: PickleReference, _ arguments: PickleReference
    ) throws(PickleFailure) -> PickleReference {
        guard case .tuple(let arguments) = graph[arguments] else {
            throw failure("a call's arguments are \(graph.kind(arguments))")
        }
        switch graph[callable] {
        case .global(.dictionary): return try add(.dictionary(try entries(arguments)))
        case .global(.set): return try add(.inert("builtins.set"))
        case .global(.size), .global(.buildList):
            guard arguments.count == 1, graph.elements(arguments[0]) != nil else {
                throw failure("a list is misshapen")
            }
            return arguments[0]
        case .global(.rebuildTensor): return try add(try tensor(arguments, isTyped: false))
        case .global(.rebuildTypedTensor): return try add(try tensor(arguments, isTyped: true))
        case .global(.rebuildParameter):
            guard let data = arguments.first else { throw failure("a parameter has no tensor") }
            return data
        case .global(.inert(let name)), .inert(let name): return try add(.inert(name))
        case .global(.scriptClass(let name)): return try add(.inert(name))
        case .global(.elementType), .global(.storage), .global(.unreadStorage), .global(.untypedStorage):
            return try add(.inert("a torch type"))
        default: throw failure("\(graph.kind(callable)) cannot be called")
        }
    }

    /// NEWOBJ: an object of a class before its state is set.
    mutating func object(
        of type: PickleReference, _ arguments: PickleReference
    ) throws(PickleFailure) -> PickleValue {
        guard case .tuple = graph[arguments] else { throw failure("an object's arguments are no tuple") }
        return switch graph[type] {
        case .global(.scriptClass): .script(attributes: nil)
        case .global(.dictionary): .dictionary([])
        case .global(.inert(let name)), .inert(let name): .inert(name)
        case .global: .inert("a torch type")
        default: throw failure("\(graph.kind(type)) is not a class")
        }
    }

    /// BUILD: sets an object's state; only a TorchScript object's attributes are kept.
    mutating func build(_ object: PickleReference, _ state: PickleReference) throws(PickleFailure) {
        switch graph[object] {
        case .script:
            if case .dictionary = graph[state] { graph[object] = .script(attributes: state) }
        case .dictionary, .inert, .tensor: return  // `_metadata` of a state dict, attributes of what is not read
        default: throw failure("\(graph.kind(object)) has no state")
        }
    }

    /// BINPERSID: a storage, which lies elsewhere in the file; or the class of a whole module.
    mutating func storage(_ identifier: PickleReference) throws(PickleFailure) -> PickleValue {
        // Whole modules of old versions bring their class with its source; the source is left alone.
        if case .tuple(let parts) = graph[identifier], parts.count == 4, graph.text(parts[0]) == "module" {
            return graph[parts[1]]
        }
        guard case .tuple(let parts) = graph[identifier], (5...6).contains(parts.count),
            graph.text(parts[0]) == "storage", let key = graph.text(parts[2])
        else { throw failure("a storage is not named as PyTorch does it") }
        guard let count = graph.integer(parts[4]), count >= 0 else {
            throw failure("storage '\(key.prefix(40))' has no number of elements")
        }
        let type: ElementType
        switch graph[parts[1]] {
        case .global(.storage(let element)): type = element
        case .global(.untypedStorage): type = .u8
        case .global(.unreadStorage(let size, let name)):
            graph.unreadStorages[key] = size
            return .inert(name)
        case .global(.inert(let name)): return .inert(name)
        default: throw failure("storage '\(key.prefix(40))' has no type")
        }
        let view = try parts.count == 6 ? self.view(parts[5], of: key, count: count) : nil
        guard graph.storages.count < Limits.storages else {
            throw failure("the pickle names more than \(Limits.storages) storages")
        }
        graph.storages.append(PickledStorage(type: type, key: key, count: count, view: view))
        return .storage(graph.storages.count - 1)
    }

    private func view(_ value: PickleReference, of key: String, count: Int) throws(PickleFailure) -> Range<Int>? {
        if case .none = graph[value] { return nil }
        guard let parts = graph.elements(value), parts.count == 3, let offset = graph.integer(parts[1]),
            let size = graph.integer(parts[2]), offset >= 0, size >= 0, offset <= count, size <= count - offset
        else { throw failure("the view of storage '\(key.prefix(40))' reaches beyond it") }
        return offset..<offset + size
    }

    private mutating func tensor(_ arguments: [PickleReference], isTyped: Bool) throws(PickleFailure) -> PickleValue {
        guard arguments.count >= (isTyped ? 7 : 4) else {
            throw failure("a tensor has \(arguments.count) arguments")
        }
        let storage: Int
        switch graph[arguments[0]] {
        case .storage(let number): storage = number
        case .inert(let name): return .inert(name)
        default: throw failure("a tensor lies in \(graph.kind(arguments[0]))")
        }
        guard graph.tensors.count < Limits.tensors else { throw failure("more than \(Limits.tensors) tensors") }
        guard let offset = graph.integer(arguments[1]), let extents = integers(arguments[2]),
            let strides = integers(arguments[3])
        else { throw failure("a tensor's offset, extents or strides are not whole numbers") }
        var type = graph.storages[storage].type
        if isTyped {
            switch graph[arguments[6]] {
            case .global(.elementType(let element)): type = element
            case .global(.inert(let name)): return .inert(name)
            default: throw failure("a tensor has no dtype")
            }
        }
        graph.tensors.append(
            PickledTensor(storage: storage, type: type, offset: offset, extents: extents, strides: strides))
        return .tensor(graph.tensors.count - 1)
    }

    private func integers(_ reference: PickleReference) -> [Int]? {
        guard let elements = graph.elements(reference), elements.count <= Limits.rank else { return nil }
        let integers = elements.compactMap(graph.integer)
        return integers.count == elements.count ? integers : nil
    }

    /// The entries of a dictionary made from nothing, from another, or from pairs as Python 2 wrote them.
    private mutating func entries(_ arguments: [PickleReference]) throws(PickleFailure) -> [PickleEntry] {
        guard let source = arguments.first else { return [] }
        if case .dictionary(let entries) = graph[source] {
            try charge(copiesOf: entries.count)
            return entries
        }
        guard let pairs = graph.elements(source) else { throw failure("a dictionary is made of \(graph.kind(source))") }
        try charge(copiesOf: pairs.count)
        var entries: [PickleEntry] = []
        for pair in pairs {
            guard let parts = graph.elements(pair), parts.count == 2 else {
                throw failure("a dictionary's entry is no pair")
            }
            entries.append(PickleEntry(key: parts[0], value: parts[1]))
        }
        return entries
    }
}
