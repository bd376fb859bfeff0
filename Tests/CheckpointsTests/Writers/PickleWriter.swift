/// Writes pickles opcode by opcode, sound ones and others.
struct PickleWriter {
    private(set) var bytes: [UInt8] = []

    /// Begins with PROTO 2 unless told otherwise.
    init(proto: UInt8? = 2) {
        if let proto { bytes = [0x80, proto] }
    }

    /// A whole pickle: PROTO, what `body` writes, STOP.
    static func pickle(_ body: (inout PickleWriter) -> Void) -> [UInt8] {
        var writer = PickleWriter()
        body(&writer)
        return writer.bytes + [UInt8(ascii: ".")]
    }

    /// Opcodes by their letters.
    mutating func raw(_ text: String) { bytes += Array(text.utf8) }

    mutating func raw(_ more: [UInt8]) { bytes += more }

    mutating func little<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes += Array($0) }
    }

    mutating func global(_ module: String, _ name: String) { raw("c\(module)\n\(name)\n") }

    mutating func text(_ text: String) {
        raw("X")
        little(UInt32(text.utf8.count))
        raw(text)
    }

    /// LONG1 with eight bytes, whatever the number.
    mutating func integer(_ value: Int) {
        bytes += [0x8A, 8]
        little(Int64(value))
    }

    mutating func integers(_ values: [Int]) {
        raw("(")
        for value in values { integer(value) }
        raw("t")
    }

    /// A storage's persistent identifier.
    mutating func storage(_ key: String, type: String = "FloatStorage", count: Int, view: (() -> Void)? = nil) {
        raw("(")
        text("storage")
        global("torch", type)
        text(key)
        text("cpu")
        integer(count)
        raw("tQ")
    }

    /// A call of `_rebuild_tensor_v2`; `storage` writes what it lies in.
    mutating func tensor(
        offset: Int = 0, _ extents: [Int], strides: [Int], storage: (inout PickleWriter) -> Void
    ) {
        global("torch._utils", "_rebuild_tensor_v2")
        raw("(")
        storage(&self)
        integer(offset)
        integers(extents)
        integers(strides)
        raw([0x89])
        global("collections", "OrderedDict")
        raw(")RtR")
    }

    /// A tensor of two elements in storage 0.
    mutating func soundTensor() {
        tensor([2], strides: [1]) { $0.storage("0", count: 2) }
    }
}
