/// Reads a pickle as data: a closed set of opcodes builds a graph of values, and nothing is ever called.
///
/// The few names that mean something here (`PickleGlobal`) have their meaning written out in this file's neighbour;
/// every other name becomes a placeholder, and whatever a pickle does with a placeholder gives a placeholder. What a
/// pickle can take is bounded by `Limits`: bytes, opcodes, values, stack, marks, memo, texts, nesting.
struct Unpickler {
    /// What a pickle describes, and where in the bytes it ends.
    struct Result {
        let graph: PickleGraph
        let root: PickleReference
        /// The offset behind the pickle.
        let end: Int
    }

    var graph = PickleGraph()
    private var cursor: ByteCursor
    private var stack: [PickleReference] = []
    private var marks: [Int] = []
    private var memo: [PickleReference?] = []
    /// Entries of dictionaries made of other values: a few opcodes can ask for many.
    private var copies = 0
    /// Where the opcode at work begins.
    private var start = 0

    /// Reads one pickle.
    ///
    /// - Parameters:
    ///   - bytes: where the pickle lies; others may follow it.
    ///   - offset: where it begins.
    /// - Returns: the values, and the offset behind the pickle.
    /// - Throws: `PickleFailure` with the offset of the opcode at fault.
    static func read(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) throws(PickleFailure) -> Result {
        guard let cursor = ByteCursor(bytes, at: offset) else {
            throw PickleFailure(offset: offset, message: "the pickle is missing")
        }
        var unpickler = Unpickler(cursor: cursor)
        let root = try unpickler.run()
        switch unpickler.graph.nesting(below: root) {
        case .cyclic:
            throw PickleFailure(offset: offset, message: "a value of the pickle holds itself")
        case .levels(let levels) where levels > Limits.pickleNesting:
            throw PickleFailure(offset: offset, message: "the pickle's values are nested \(levels) levels deep")
        case .levels:
            return Result(graph: unpickler.graph, root: root, end: unpickler.cursor.offset)
        }
    }

    private init(cursor: ByteCursor) { self.cursor = cursor }

    private mutating func run() throws(PickleFailure) -> PickleReference {
        let first = cursor.offset
        for _ in 0..<Limits.pickleOpcodes {
            start = cursor.offset
            guard start - first <= Limits.pickleBytes else {
                throw failure("the pickle is longer than \(Limits.pickleBytes) bytes")
            }
            let code = try next(cursor.byte())
            guard let opcode = PickleOpcode(rawValue: code) else { throw refusal(of: code) }
            if opcode == .stop {
                guard marks.isEmpty, stack.count == 1 else { throw failure("the pickle stops half-way") }
                return stack[0]
            }
            try execute(opcode)
        }
        throw failure("the pickle has more than \(Limits.pickleOpcodes) opcodes")
    }

    private mutating func execute(_ opcode: PickleOpcode) throws(PickleFailure) {
        switch opcode {
        case .proto:
            let version = try next(cursor.byte())
            guard version == 2 else {
                throw failure(
                    "pickle protocol \(version) is not read, only 2",
                    hint: "save it again with torch.save and its default protocol")
            }
        case .stop: preconditionFailure("STOP ends the loop")
        case .global: try push(.global(try global()))
        case .mark:
            guard marks.count < Limits.pickleMarks else { throw failure("\(marks.count) marks are open at once") }
            marks.append(stack.count)
        case .none: try push(.none)
        case .newTrue: try push(.flag(true))
        case .newFalse: try push(.flag(false))
        case .binInt: try push(.integer(Int(try next(cursor.integer(Int32.self)))))
        case .binInt1: try push(.integer(Int(try next(cursor.integer(UInt8.self)))))
        case .binInt2: try push(.integer(Int(try next(cursor.integer(UInt16.self)))))
        case .long1: try push(Self.integer(try next(cursor.take(Int(try next(cursor.byte()))))))
        case .binFloat:
            try push(.number(Double(bitPattern: try next(cursor.integer(UInt64.self)).byteSwapped)))
        case .binUnicode: try push(.text(try text(length: try next(cursor.count(UInt32.self)))))
        case .shortBinString:
            // A byte string of Python 2, where names were such.
            let bytes = try next(cursor.take(Int(try next(cursor.byte()))))
            try push(.text(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))))
        case .emptyTuple: try push(.tuple([]))
        case .emptyList: try push(.list([]))
        case .emptyDict: try push(.dictionary([]))
        case .emptySet: try push(.inert("builtins.set"))
        case .tuple: try push(.tuple(Array(try popMark())))
        case .tuple1: try push(.tuple(try pop(1)))
        case .tuple2: try push(.tuple(try pop(2)))
        case .tuple3: try push(.tuple(try pop(3)))
        case .append: try append(try pop(1)[...])
        case .appends: try append(try popMark())
        case .setItem: try setItems(try pop(2)[...])
        case .setItems: try setItems(try popMark())
        case .binGet: try get(Int(try next(cursor.byte())))
        case .longBinGet: try get(try next(cursor.count(UInt32.self)))
        case .binPut: try put(Int(try next(cursor.byte())))
        case .longBinPut: try put(try next(cursor.count(UInt32.self)))
        case .reduce:
            let (arguments, callable) = (try pop(), try pop())
            try push(existing: try reduce(callable, arguments))
        case .newObj:
            let (arguments, type) = (try pop(), try pop())
            try push(try object(of: type, arguments))
        case .build:
            let state = try pop()
            try build(try top(), state)
        case .binPersID: try push(try storage(try pop()))
        }
    }

    // MARK: - Failures

    /// A failure of the opcode at work.
    func failure(_ message: String, hint: String? = nil) -> PickleFailure {
        PickleFailure(offset: start, message: message, hint: hint)
    }

    private func next<Value>(_ value: Value?) throws(PickleFailure) -> Value {
        guard let value else { throw failure("the pickle is cut short") }
        return value
    }

    private func danger(_ name: String) -> PickleFailure {
        failure(
            "the pickle names '\(name.prefix(120))', which could run code; nothing was run",
            hint: "do not trust this file: fetch the model from its publisher, best as safetensors")
    }

    private func refusal(of code: UInt8) -> PickleFailure {
        // STACK_GLOBAL takes its name from the stack: if it is a dangerous one, that is what to tell.
        if code == 0x93, stack.count >= 2, let module = graph.text(stack[stack.count - 2]),
            let name = graph.text(stack[stack.count - 1]), DangerousGlobal.covers(module: module, name: name)
        {
            return danger("\(module).\(name)")
        }
        return failure(
            "the pickle uses opcode \(PickleOpcode.refusedName(of: code)), which no torch.save writes",
            hint: "load it in PyTorch with weights_only=True and save its state_dict again")
    }

    // MARK: - The stack

    private mutating func push(_ value: PickleValue) throws(PickleFailure) { try push(existing: try add(value)) }

    /// Adds a value without putting it on the stack.
    mutating func add(_ value: PickleValue) throws(PickleFailure) -> PickleReference {
        guard graph.count < Limits.pickleValues else {
            throw failure("the pickle has more than \(Limits.pickleValues) values")
        }
        return graph.add(value)
    }

    /// Counts entries that are copied from another value.
    mutating func charge(copiesOf count: Int) throws(PickleFailure) {
        copies += count
        guard copies <= Limits.pickleValues else { throw failure("the pickle copies \(copies) entries") }
    }

    private mutating func push(existing reference: PickleReference) throws(PickleFailure) {
        guard stack.count < Limits.pickleStack else { throw failure("the pickle stacks \(stack.count) values") }
        stack.append(reference)
    }

    private func top() throws(PickleFailure) -> PickleReference {
        guard stack.count > marks.last ?? 0, let top = stack.last else { throw failure("the pickle's stack is empty") }
        return top
    }

    private mutating func pop() throws(PickleFailure) -> PickleReference {
        let top = try top()
        stack.removeLast()
        return top
    }

    private mutating func pop(_ count: Int) throws(PickleFailure) -> [PickleReference] {
        guard stack.count - count >= marks.last ?? 0 else { throw failure("the pickle's stack is empty") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popMark() throws(PickleFailure) -> ArraySlice<PickleReference> {
        guard let mark = marks.popLast() else { throw failure("the pickle's mark is missing") }
        defer { stack.removeLast(stack.count - mark) }
        return stack[mark...]
    }

    // MARK: - Values

    private mutating func global() throws(PickleFailure) -> PickleGlobal {
        guard let module = cursor.line(limit: Limits.pickleNameBytes),
            let name = cursor.line(limit: Limits.pickleNameBytes)
        else { throw failure("a global's name is cut short or longer than \(Limits.pickleNameBytes) bytes") }
        guard let module = String(validating: module, as: UTF8.self), let name = String(validating: name, as: UTF8.self)
        else { throw failure("a global's name is not UTF-8") }
        do throws(DangerousGlobal) {
            return try PickleGlobal(module: module, name: name)
        } catch {
            throw danger(error.name)
        }
    }

    private mutating func text(length: Int) throws(PickleFailure) -> String {
        guard length <= Limits.pickleTextBytes else { throw failure("a text claims \(length) bytes") }
        guard let text = String(validating: try next(cursor.take(length)), as: UTF8.self) else {
            throw failure("a text is not UTF-8")
        }
        return text
    }

    /// A little-endian number in two's complement, of any length.
    private static func integer(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
        guard bytes.count <= 8 else { return .wideInteger(Array(bytes)) }
        var value = Int(Int8(bitPattern: bytes.last ?? 0) >> 7)
        for byte in bytes.reversed() { value = value << 8 | Int(byte) }
        return .integer(value)
    }

    private mutating func get(_ index: Int) throws(PickleFailure) {
        guard index < memo.count, let reference = memo[index] else { throw failure("memo \(index) is not set") }
        try push(existing: reference)
    }

    private mutating func put(_ index: Int) throws(PickleFailure) {
        guard index < Limits.pickleMemo else { throw failure("memo \(index) is out of bounds") }
        if index >= memo.count { memo.append(contentsOf: repeatElement(nil, count: index + 1 - memo.count)) }
        memo[index] = try top()
    }

    private mutating func append(_ items: ArraySlice<PickleReference>) throws(PickleFailure) {
        let list = try top()
        if case .inert = graph[list] { return }
        guard graph.append(items, toList: list) else { throw failure("\(graph.kind(list)) takes no elements") }
    }

    private mutating func setItems(_ items: ArraySlice<PickleReference>) throws(PickleFailure) {
        let dictionary = try top()
        guard items.count.isMultiple(of: 2) else { throw failure("a key has no value") }
        if case .inert = graph[dictionary] { return }
        guard graph.append(items, toDictionary: dictionary) else {
            throw failure("\(graph.kind(dictionary)) takes no keys")
        }
    }
}
