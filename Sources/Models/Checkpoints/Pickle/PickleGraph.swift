/// The number of a value in its graph.
struct PickleReference: Hashable {
    fileprivate let index: Int32

    /// The number, from 0.
    var position: Int { Int(index) }
}

/// One value of a pickle; values hold one another by number.
enum PickleValue {
    case none
    case flag(Bool)
    case integer(Int)
    /// A whole number beyond 64 bits: its bytes, least first, two's complement.
    case wideInteger([UInt8])
    case number(Double)
    case text(String)
    case tuple([PickleReference])
    case list([PickleReference])
    /// A dictionary or an `OrderedDict`, in the order of the file; keys may occur more than once.
    case dictionary([PickleEntry])
    case global(PickleGlobal)
    /// A storage: its number in `PickleGraph.storages`.
    case storage(Int)
    /// A tensor: its number in `PickleGraph.tensors`.
    case tensor(Int)
    /// An object of a TorchScript class with its attributes, nil where they are not a dictionary.
    case script(attributes: PickleReference?)
    /// An object of a kind that is not read. What it is, for messages.
    case inert(String)
}

/// A key and its value.
struct PickleEntry {
    let key: PickleReference
    let value: PickleReference
}

/// A run of elements in another part of the file.
struct PickledStorage: Hashable {
    /// What the elements are; bytes where only the tensors know.
    let type: ElementType
    /// The storage's name in the file.
    let key: String
    /// Number of elements.
    let count: Int
    /// The part of it that is meant, in elements; only very old files have one.
    let view: Range<Int>?
}

/// A tensor's place in a storage.
struct PickledTensor {
    /// Number of the storage in `PickleGraph.storages`.
    let storage: Int
    let type: ElementType
    /// In elements.
    let offset: Int
    let extents: [Int]
    let strides: [Int]
}

/// Everything that a pickle describes, as plain data.
///
/// Values lie side by side and refer to one another by number: a pickle whose values hold themselves, or one another a
/// thousand levels deep, needs no recursion to be made and none to be freed.
struct PickleGraph {
    private var values: [PickleValue] = []
    /// Storages in the order in which the pickle names them.
    var storages: [PickledStorage] = []
    /// Bytes per element of storages whose elements are not read, by key.
    var unreadStorages: [String: Int] = [:]
    /// Tensors in the order in which they are rebuilt.
    var tensors: [PickledTensor] = []

    /// Number of values.
    var count: Int { values.count }

    subscript(_ reference: PickleReference) -> PickleValue {
        get { values[Int(reference.index)] }
        set { values[Int(reference.index)] = newValue }
    }

    /// Adds a value.
    mutating func add(_ value: PickleValue) -> PickleReference {
        values.append(value)
        return PickleReference(index: Int32(values.count - 1))
    }

    /// Changes the elements of a list without copying them; false where the value is no list.
    mutating func append(_ items: ArraySlice<PickleReference>, toList reference: PickleReference) -> Bool {
        guard case .list(var elements) = self[reference] else { return false }
        self[reference] = .none
        elements.append(contentsOf: items)
        self[reference] = .list(elements)
        return true
    }

    /// Adds keys and values, one after the other, to a dictionary; false where the value is none.
    mutating func append(_ items: ArraySlice<PickleReference>, toDictionary reference: PickleReference) -> Bool {
        guard case .dictionary(var entries) = self[reference] else { return false }
        self[reference] = .none
        for index in stride(from: items.startIndex, to: items.endIndex - 1, by: 2) {
            entries.append(PickleEntry(key: items[index], value: items[index + 1]))
        }
        self[reference] = .dictionary(entries)
        return true
    }

    /// The value of a text key in a dictionary, the last one where there are several; nil where it has none.
    func member(_ name: String, of reference: PickleReference) -> PickleReference? {
        guard case .dictionary(let entries) = self[reference] else { return nil }
        return entries.last { text($0.key) == name }?.value
    }

    /// The text that a reference stands for.
    func text(_ reference: PickleReference) -> String? {
        if case .text(let text) = self[reference] { text } else { nil }
    }

    /// The whole number that a reference stands for.
    func integer(_ reference: PickleReference) -> Int? {
        if case .integer(let integer) = self[reference] { integer } else { nil }
    }

    /// The elements of a tuple or a list.
    func elements(_ reference: PickleReference) -> [PickleReference]? {
        switch self[reference] {
        case .tuple(let elements), .list(let elements): elements
        default: nil
        }
    }

    /// What a value is, for messages.
    func kind(_ reference: PickleReference) -> String {
        switch self[reference] {
        case .none: "None"
        case .flag: "a truth value"
        case .integer, .wideInteger, .number: "a number"
        case .text: "a text"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global: "a class"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .script: "a TorchScript object"
        case .inert(let name): "an object of \(name.prefix(120))"
        }
    }
}
