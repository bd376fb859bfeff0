/// Writes frames and protobuf by hand, so that a test can say what the codec never would.
enum Proto {
    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// A field of wire type 0.
    static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { varint(field << 3) + varint(value) }

    /// A field of wire type 2.
    static func bytes(_ field: UInt64, _ content: [UInt8]) -> [UInt8] {
        varint(field << 3 | 2) + varint(UInt64(content.count)) + content
    }

    static func text(_ field: UInt64, _ text: String) -> [UInt8] { bytes(field, Array(text.utf8)) }

    /// A field of wire type 1.
    static func double(_ field: UInt64, _ value: Double) -> [UInt8] {
        varint(field << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }

    /// A `TaskAttempt` in a field.
    static func attempt(_ field: UInt64 = 1, job: UInt64 = 1, task: UInt64 = 0, attempt: UInt64 = 1) -> [UInt8] {
        bytes(field, number(1, job) + number(2, task) + number(3, attempt))
    }

    static func frame(
        _ command: UInt8, session: UInt64 = 7, sequence: UInt64 = 1, major: UInt8 = 1, flags: UInt16 = 0,
        reserved: UInt16 = 0, _ body: [UInt8] = []
    ) -> [UInt8] {
        [0xAA, 0xF5, major, command] + bigEndian(UInt64(flags), 2) + bigEndian(UInt64(reserved), 2)
            + bigEndian(session, 8) + bigEndian(sequence, 8) + body
    }

    static func bigEndian(_ value: UInt64, _ octets: Int) -> [UInt8] {
        (0..<octets).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
