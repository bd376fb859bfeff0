/// A strict reader of JSON (RFC 8259): no duplicate names, no trailing commas, valid UTF-8 only, bounded depth.
///
/// Headers of checkpoints come from strangers; a general reader keeps one of two equal names and says nothing.
struct JSONParser {
    /// Where and why a document was refused.
    struct Failure: Error {
        let offset: Int
        let message: String
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var remaining = Limits.values

    /// The value of a whole document.
    static func parse(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> ConfigurationValue {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.position < bytes.count { throw parser.failure("something follows the end of the document") }
        return value
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private func failure(_ message: String) -> Failure { Failure(offset: position, message: message) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Failure) -> ConfigurationValue {
        guard depth <= Limits.nesting else { throw failure("nested deeper than \(Limits.nesting) levels") }
        remaining -= 1
        guard remaining >= 0 else { throw failure("more than \(Limits.values) values") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try section(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .flag(true))
        case UInt8(ascii: "f"): return try word("false", .flag(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw failure("the document ends too early")
        default: return try number()
        }
    }

    private mutating func section(depth: Int) throws(Failure) -> ConfigurationValue {
        position += 1
        var members: [String: ConfigurationValue] = [:]
        if take("}") { return .section(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure("expected a name in quotes") }
            guard members.count < Limits.members else { throw failure("more than \(Limits.members) members") }
            let start = position
            let name = try string()
            guard take(":") else { throw failure("expected ':' after '\(name.prefix(80))'") }
            if members.updateValue(try value(depth: depth + 1), forKey: name) != nil {
                throw Failure(offset: start, message: "the name '\(name.prefix(80))' occurs twice")
            }
        } while take(",")
        guard take("}") else { throw failure("expected ',' or '}'") }
        return .section(members)
    }

    private mutating func list(depth: Int) throws(Failure) -> ConfigurationValue {
        position += 1
        var elements: [ConfigurationValue] = []
        if take("]") { return .list(elements) }
        repeat { elements.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw failure("expected ',' or ']'") }
        return .list(elements)
    }

    private mutating func word(_ text: String, _ value: ConfigurationValue) throws(Failure) -> ConfigurationValue {
        guard position + text.utf8.count <= bytes.count, zip(text.utf8, bytes[position...]).allSatisfy(==) else {
            throw failure("unknown word")
        }
        position += text.utf8.count
        return value
    }

    private mutating func number() throws(Failure) -> ConfigurationValue {
        let start = position
        func digits(_ parser: inout JSONParser) -> Int {
            let first = parser.position
            while let byte = parser.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                parser.position += 1
            }
            return parser.position - first
        }
        if next == UInt8(ascii: "-") { position += 1 }
        let leadingZero = next == UInt8(ascii: "0")
        let whole = digits(&self)
        guard whole > 0, !leadingZero || whole == 1 else { throw failure("expected a value") }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            position += 1
            isInteger = false
            guard digits(&self) > 0 else { throw failure("expected a digit") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            isInteger = false
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard digits(&self) > 0 else { throw failure("expected a digit") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw Failure(offset: start, message: "the number is too large")
        }
        return .number(number)
    }

    private mutating func string() throws(Failure) -> String {
        let start = position
        position += 1
        var units: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw failure("a control character in a text") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                units.append(contentsOf: UTF8.encode(try escape()).map(Array.init) ?? [])
            } else {
                units.append(byte)
            }
        }
        guard next != nil else { throw Failure(offset: start, message: "the text has no end") }
        position += 1
        guard let text = String(validating: units, as: UTF8.self) else {
            throw Failure(offset: start, message: "the text is not UTF-8")
        }
        return text
    }

    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        guard let byte = next else { throw failure("the document ends too early") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw failure("unknown escape")
        }
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), next == UInt8(ascii: "\\") else { throw failure("half a surrogate") }
        position += 1
        guard next == UInt8(ascii: "u") else { throw failure("half a surrogate") }
        position += 1
        let second = try hexadecimal()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure("half a surrogate") }
        return scalar
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        guard position + 4 <= bytes.count else { throw failure("the document ends too early") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw failure("four hex digits") }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }
}
