/// What a pickle may name: a closed set of meanings, none of which is code.
enum PickleGlobal: Equatable {
    /// `collections.OrderedDict` and `Counter`: dictionaries.
    case dictionary
    /// `builtins.set`.
    case set
    /// `torch.Size`: its tuple.
    case size
    /// A storage of elements of one type.
    case storage(ElementType)
    /// A storage of elements that are not read, complex or quantised ones: their size, and what they are called.
    case unreadStorage(size: Int, name: String)
    /// A storage of bytes, whose tensors say their type.
    case untypedStorage
    /// A torch dtype.
    case elementType(ElementType)
    /// `torch._utils._rebuild_tensor` and its second version.
    case rebuildTensor
    /// The third version, with the dtype behind the hooks.
    case rebuildTypedTensor
    /// A parameter: the tensor that is its first argument.
    case rebuildParameter
    /// `torch.jit._pickle.build_intlist` and its like: the list that is their argument.
    case buildList
    /// A class of a TorchScript archive: a bag of attributes.
    case scriptClass(String)
    /// Anything else: a placeholder that is never called. Its name, for messages.
    case inert(String)

    /// The meaning of a name.
    ///
    /// - Throws: a message for names whose only use in a pickle is to run code.
    init(module: String, name: String) throws(DangerousGlobal) {
        let whole = "\(module).\(name)"
        if let known = Self.known[whole] {
            self = known
        } else if DangerousGlobal.covers(module: module, name: name) {
            throw DangerousGlobal(name: whole)
        } else if module == "__torch__" || module.hasPrefix("__torch__.") {
            self = .scriptClass(whole)
        } else {
            self = .inert(whole)
        }
    }

    private static let known: [String: PickleGlobal] = {
        var table: [String: PickleGlobal] = [
            "collections.OrderedDict": .dictionary, "collections.Counter": .dictionary,
            "builtins.set": .set, "__builtin__.set": .set, "torch.Size": .size,
            "torch._utils._rebuild_tensor": .rebuildTensor, "torch._utils._rebuild_tensor_v2": .rebuildTensor,
            "torch._utils._rebuild_tensor_v3": .rebuildTypedTensor,
            "torch._utils._rebuild_parameter": .rebuildParameter,
            "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
            "torch.nn.parameter.Parameter": .rebuildParameter,
            "torch.storage.UntypedStorage": .untypedStorage, "torch.storage._UntypedStorage": .untypedStorage,
            "torch.UntypedStorage": .untypedStorage,
        ]
        let types: [(ElementType, storage: String, names: [String])] = [
            (.f64, "Double", ["float64", "double"]), (.f32, "Float", ["float32", "float"]),
            (.f16, "Half", ["float16", "half"]), (.bf16, "BFloat16", ["bfloat16"]), (.i64, "Long", ["int64", "long"]),
            (.i32, "Int", ["int32", "int"]), (.i16, "Short", ["int16", "short"]), (.i8, "Char", ["int8"]),
            (.u8, "Byte", ["uint8"]), (.bool, "Bool", ["bool"]),
        ]
        for (type, storage, names) in types {
            for module in ["torch", "torch.cuda"] { table["\(module).\(storage)Storage"] = .storage(type) }
            for name in names { table["torch.\(name)"] = .elementType(type) }
        }
        for (name, size) in [("ComplexFloat", 8), ("ComplexDouble", 16), ("QInt8", 1), ("QUInt8", 1), ("QInt32", 4)] {
            let name = "torch.\(name)Storage"
            table[name] = .unreadStorage(size: size, name: name)
        }
        for list in ["intlist", "doublelist", "boollist", "tensorlist"] {
            table["torch.jit._pickle.build_\(list)"] = .buildList
        }
        return table
    }()
}
