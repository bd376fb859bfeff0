/// The table of a safetensors file: what lies where.
///
/// Format: a little-endian 64-bit length, that many bytes of JSON
/// (`{name: {dtype, shape, data_offsets: [begin, end]}, "__metadata__": {text: text}}`), then the elements. The rules
/// are those of the format's own reader: the data is covered exactly, without gaps and without overlaps.
struct SafetensorsHeader {
    /// One tensor's place.
    struct Entry {
        let name: String
        let type: ElementType
        let extents: [Int]
        /// Offsets from the end of the header.
        let range: Range<Int>
    }

    /// All tensors in the order of their data.
    let entries: [Entry]
    /// Texts that the writer left.
    let metadata: [String: String]
    /// Where the data begins.
    let dataStart: Int

    /// Reads and checks the table of a file.
    init(_ bytes: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
        func malformed(_ message: String) -> CheckpointError {
            CheckpointError(
                path: path, message: "is not a sound safetensors file: \(message)",
                hint: "fetch it again and compare its checksum")
        }
        guard bytes.count >= 8 else { throw malformed("it has \(bytes.count) bytes, fewer than the header's length") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Limits.headerBytes) else {
            throw malformed("its header claims \(length) bytes, more than \(Limits.headerBytes)")
        }
        dataStart = 8 + Int(length)
        guard dataStart <= bytes.count else {
            throw malformed("its header claims \(length) bytes, but the file has \(bytes.count); it is cut short")
        }
        let document: ConfigurationValue
        do throws(JSONParser.Failure) {
            document = try JSONParser.parse(UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
        } catch {
            throw malformed("its header is not valid JSON at byte \(8 + error.offset): \(error.message)")
        }
        guard case .section(let members) = document else { throw malformed("its header is not an object") }
        guard members.count <= Limits.tensors else { throw malformed("it lists \(members.count) tensors") }

        var texts: [String: String] = [:]
        var found: [Entry] = []
        for (name, value) in members {
            guard case .section(let fields) = value else { throw malformed("'\(name.prefix(80))' is not an object") }
            if name == "__metadata__" {
                for (key, value) in fields {
                    guard case .text(let text) = value else {
                        throw malformed("its metadata '\(key.prefix(80))' is not a text")
                    }
                    texts[key] = text
                }
                continue
            }
            do throws(Flaw) {
                found.append(try Entry(name: name, fields: fields))
            } catch {
                throw malformed("tensor '\(name.prefix(80))' \(error.message)")
            }
        }
        // Empty tensors share an offset with their neighbour; the name settles their order.
        found.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        var end = 0
        for entry in found {
            let start = entry.range.lowerBound
            if start < end { throw malformed("tensor '\(entry.name)' overlaps the one before it at offset \(start)") }
            if start > end { throw malformed("there is a gap before tensor '\(entry.name)' at offset \(end)") }
            end = entry.range.upperBound
        }
        guard dataStart + end == bytes.count else {
            let held = bytes.count - dataStart
            throw malformed("its tensors take \(end) bytes, but \(held) follow the header")
        }
        entries = found
        metadata = texts
    }
}

/// What is wrong with one entry.
private struct Flaw: Error {
    let message: String
}

extension SafetensorsHeader.Entry {
    fileprivate init(name: String, fields: [String: ConfigurationValue]) throws(Flaw) {
        guard name.utf8.count <= Limits.nameBytes else { throw Flaw(message: "has a name of \(name.utf8.count) bytes") }
        for key in fields.keys.sorted() where !["dtype", "shape", "data_offsets"].contains(key) {
            throw Flaw(message: "has an unknown field '\(key.prefix(80))'")
        }
        guard case .text(let typeName)? = fields["dtype"] else { throw Flaw(message: "has no dtype") }
        guard let type = ElementType(rawValue: typeName) else {
            throw Flaw(
                message: "has the dtype '\(typeName.prefix(20))', which is not read; convert it to F16, BF16 or F32")
        }
        let extents = try Self.wholeNumbers(fields["shape"], "shape")
        guard extents.count <= Limits.rank else { throw Flaw(message: "has \(extents.count) axes") }
        let offsets = try Self.wholeNumbers(fields["data_offsets"], "data_offsets")
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw Flaw(message: "has data_offsets \(offsets.prefix(4)), expected [begin, end]")
        }
        var size = type.size
        for extent in extents {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw Flaw(message: "has the impossible shape \(extents)") }
            size = product
        }
        guard size == offsets[1] - offsets[0] else {
            throw Flaw(
                message: "of shape \(extents) and dtype \(typeName) takes \(size) bytes, "
                    + "but its data_offsets hold \(offsets[1] - offsets[0])")
        }
        self.init(name: name, type: type, extents: extents, range: offsets[0]..<offsets[1])
    }

    private static func wholeNumbers(_ value: ConfigurationValue?, _ what: String) throws(Flaw) -> [Int] {
        guard case .list(let list)? = value else { throw Flaw(message: "has no \(what)") }
        var result: [Int] = []
        for element in list {
            guard case .integer(let number) = element, number >= 0 else {
                throw Flaw(message: "has \(element.kind) in its \(what)")
            }
            result.append(number)
        }
        return result
    }
}
