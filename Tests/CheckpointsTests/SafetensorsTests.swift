import Checkpoints
import TensorCore
import Testing

@Suite("Safetensors")
struct SafetensorsTests {
    /// A file with this header and so many bytes of data.
    static func bytes(_ header: String, data: Int) -> [UInt8] {
        bytes(Array(header.utf8), data: [UInt8](repeating: 0, count: data))
    }

    static func bytes(_ header: [UInt8], data: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header + data
    }

    @Test("What is written is read back, in order, with its metadata")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let tensors: [(name: String, tensor: HostTensor)] = [
            ("b.weight", HostTensor(shape: [2, 3], values: [1, -2, 0.5, .greatestFiniteMagnitude, 0x1p-149, 0])),
            ("a \"quoted\" \\ naïve\n", HostTensor(shape: [1], values: [7])),
            ("scalar", HostTensor(shape: [], values: [3])),
        ]
        let path = try folder.file("x.safetensors", SafetensorsWriter.encode(tensors, metadata: ["format": "pt"]))
        let file = try SafetensorsFile(path: path)
        #expect(file.names == tensors.map(\.name))
        #expect(file.metadata == ["format": "pt"])
        for (name, tensor) in tensors {
            #expect(try file.tensor(named: name) == tensor)
            #expect(file.shape(of: name) == tensor.shape)
        }
        #expect(file.shape(of: "none") == nil)
    }

    @Test("Every element type becomes single precision")
    func types() throws {
        func stored<Value>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes(Array.init) }
        let halves: [UInt16] = [0x3C00, 0xC000, 0x0001, 0x0400, 0x7BFF, 0x7C00, 0x8000, 0x3555]
        let cases: [(String, [UInt8], [Float])] = [
            ("F64", stored([1.5, -2e300]), [1.5, -.infinity]),
            ("F32", stored([Float(0.1), -3]), [0.1, -3]),
            ("F16", stored(halves), [1, -2, 0x1p-24, 0x1p-14, 65504, .infinity, -0.0, 0x1.554p-2]),
            ("BF16", stored([UInt16(0x3F80), 0xC040]), [1, -3]),
            ("I64", stored([Int64(-5), 1 << 40]), [-5, 0x1p40]),
            ("I32", stored([Int32(7), .min]), [7, -0x1p31]),
            ("I16", stored([Int16(-300)]), [-300]),
            ("I8", stored([Int8(-128), 127]), [-128, 127]),
            ("U8", stored([UInt8(0), 255]), [0, 255]),
            ("BOOL", stored([UInt8(0), 1]), [0, 1]),
        ]
        let folder = try TemporaryFolder()
        for (type, data, expected) in cases {
            let header =
                "{\"t\":{\"dtype\":\"\(type)\",\"shape\":[\(expected.count)],\"data_offsets\":[0,\(data.count)]}}"
            let path = try folder.file("\(type).safetensors", Self.bytes(Array(header.utf8), data: data))
            let found = try SafetensorsFile(path: path).tensor(named: "t").values
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(type)")
        }
    }

    @Test("A half that is not a number stays one")
    func halfNaN() throws {
        let header = "{\"t\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}"
        let folder = try TemporaryFolder()
        let path = try folder.file("n.safetensors", Self.bytes(Array(header.utf8), data: [0, 0x7E]))
        #expect(try SafetensorsFile(path: path).tensor(named: "t").values[0].isNaN)
    }

    @Test("Tensors without elements are left out and disturb nothing")
    func empty() throws {
        let folder = try TemporaryFolder()
        let header = """
            {"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"e":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},
            "a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
            """
        let file = try SafetensorsFile(path: folder.file("x.safetensors", Self.bytes(header, data: 8)))
        #expect(file.names == ["b", "a"])
    }

    /// Files that must be refused, and a part of what the message says.
    static let hostile: [(String, [UInt8], String)] = {
        func tensor(_ shape: String, _ offsets: String, dtype: String = "\"F32\"") -> String {
            "{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}"
        }
        func one(_ tensor: String, data: Int) -> [UInt8] { bytes("{\"t\":\(tensor)}", data: data) }
        let good = tensor("[2]", "[0,8]")
        return [
            ("an empty file", [], "0 bytes"),
            ("a file of seven bytes", [UInt8](repeating: 0, count: 7), "7 bytes"),
            ("an empty header", [UInt8](repeating: 0, count: 8), "too early"),
            ("a huge header", [0, 0, 0, 0, 0, 0, 0, 0x80] + Array("{}".utf8), "more than 16777216"),
            ("a header beyond the file", [200, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), "cut short"),
            ("data cut short", one(good, data: 7), "take 8 bytes, but 7"),
            ("bytes behind the data", one(good, data: 9), "take 8 bytes, but 9"),
            ("overlapping tensors", bytes("{\"a\":\(good),\"b\":\(tensor("[2]", "[4,12]"))}", data: 12), "overlaps"),
            ("the same data twice", bytes("{\"a\":\(good),\"b\":\(good)}", data: 8), "overlaps"),
            ("a gap at the start", one(tensor("[1]", "[4,8]"), data: 8), "gap"),
            ("a gap between", bytes("{\"a\":\(good),\"b\":\(tensor("[1]", "[12,16]"))}", data: 16), "gap"),
            ("a name twice", bytes("{\"a\":\(good),\"a\":\(tensor("[1]", "[8,12]"))}", data: 12), "occurs twice"),
            (
                "a name twice, once escaped", bytes("{\"a\":\(good),\"\\u0061\":\(tensor("[1]", "[8,12]"))}", data: 12),
                "occurs twice"
            ),
            (
                "a field twice",
                one("{\"dtype\":\"F32\",\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}", data: 8), "twice"
            ),
            ("a size that does not fit", one(tensor("[3]", "[0,8]"), data: 8), "takes 12 bytes"),
            ("a negative extent", one(tensor("[-2]", "[0,8]"), data: 8), "-2 in its shape"),
            ("a negative offset", one(tensor("[2]", "[-8,0]"), data: 8), "-8 in its data_offsets"),
            ("offsets in reverse", one(tensor("[2]", "[8,0]"), data: 8), "expected [begin, end]"),
            ("three offsets", one(tensor("[2]", "[0,8,8]"), data: 8), "expected [begin, end]"),
            ("a fractional extent", one(tensor("[2.0]", "[0,8]"), data: 8), "in its shape"),
            ("a text for an extent", one(tensor("[\"2\"]", "[0,8]"), data: 8), "in its shape"),
            (
                "extents whose product overflows",
                one(tensor("[4294967296,4294967296,4294967296]", "[0,8]"), data: 8), "impossible shape"
            ),
            (
                "extents whose product wraps around to the right size",
                one(tensor("[4611686018427387906]", "[0,8]"), data: 8), "impossible shape"
            ),
            ("an extent beyond 64 bits", one(tensor("[99999999999999999999]", "[0,8]"), data: 8), "in its shape"),
            ("nine axes", one(tensor("[1,1,1,1,1,1,1,1,2]", "[0,8]"), data: 8), "9 axes"),
            ("an unknown dtype", one(tensor("[2]", "[0,8]", dtype: "\"F4\""), data: 8), "dtype 'F4', which is not"),
            ("a dtype that is no text", one(tensor("[2]", "[0,8]", dtype: "32"), data: 8), "no dtype"),
            ("no shape", one("{\"dtype\":\"F32\",\"data_offsets\":[0,8]}", data: 8), "no shape"),
            ("no offsets", one("{\"dtype\":\"F32\",\"shape\":[2]}", data: 8), "no data_offsets"),
            (
                "an unknown field", one("{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}", data: 8),
                "'x'"
            ),
            ("an entry that is no object", bytes("{\"t\":[]}", data: 0), "not an object"),
            ("a header that is a list", bytes("[]", data: 0), "not an object"),
            ("metadata that is no text", bytes("{\"__metadata__\":{\"a\":1}}", data: 0), "metadata"),
            ("text behind the header", bytes("{}{}", data: 0), "follows the end"),
            ("a trailing comma", bytes("{\"t\":\(good),}", data: 8), "expected a name"),
            (
                "a name that is not UTF-8", bytes(Array("{\"".utf8) + [0xFF, 0xFE] + Array("\":{}}".utf8), data: []),
                "not UTF-8"
            ),
            (
                "an overlong UTF-8 name", bytes(Array("{\"".utf8) + [0xC0, 0x80] + Array("\":{}}".utf8), data: []),
                "not UTF-8"
            ),
            ("half a surrogate", bytes("{\"\\ud800\":{}}", data: 0), "surrogate"),
            ("a control character in a name", bytes("{\"a\u{1}\":{}}", data: 0), "control character"),
            (
                "a name of 2000 bytes", bytes("{\"\(String(repeating: "n", count: 2000))\":\(good)}", data: 8),
                "name of 2000"
            ),
            ("a header nested 1000 deep", bytes(String(repeating: "[", count: 1000), data: 0), "nested deeper"),
        ]
    }()

    @Test("A file that breaks the format is refused with what is wrong", arguments: hostile.indices)
    func refused(index: Int) throws {
        let (what, bytes, expected) = Self.hostile[index]
        let folder = try TemporaryFolder()
        let path = try folder.file("hostile.safetensors", bytes)
        let error = #expect(throws: CheckpointError.self, "\(what)") { try openCheckpoint(at: path) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix(path), "\(what)")
        #expect(text.contains(expected), "\(what): \(text)")
        #expect(!text.contains("\n"), "\(what): one line")
    }

    @Test("Cutting a sound file anywhere is noticed")
    func truncated() throws {
        let folder = try TemporaryFolder()
        let whole = SafetensorsWriter.encode([
            ("a", HostTensor(shape: [3], values: [1, 2, 3])), ("b", HostTensor(shape: [2, 2], values: [1, 2, 3, 4])),
        ])
        for length in 0..<whole.count {
            let path = try folder.file("cut.safetensors", Array(whole[..<length]))
            #expect(throws: CheckpointError.self, "\(length) bytes") { try SafetensorsFile(path: path) }
        }
    }

    @Test("Any changed byte of a header is refused or read without harm")
    func flipped() throws {
        let folder = try TemporaryFolder()
        let whole = SafetensorsWriter.encode([("a", HostTensor(shape: [3], values: [1, 2, 3]))])
        var random = Philox(seed: 1, stream: 1)
        for _ in 0..<2000 {
            var changed = whole
            changed[random.integer(below: whole.count - 12)] = UInt8(truncatingIfNeeded: random.nextBits())
            let path = try folder.file("flip.safetensors", changed)
            // The claim is that nothing traps and that what is accepted can be read in full.
            guard let file = try? SafetensorsFile(path: path) else { continue }
            for name in file.names { #expect(try file.tensor(named: name).values.count == file.shape(of: name)?.count) }
        }
    }

    @Test("Files that are not what they begin like, and kinds that are not read, are named")
    func containers() throws {
        let folder = try TemporaryFolder()
        let cases: [(String, [UInt8], String)] = [
            (
                "model.ckpt", Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 60),
                "not a sound PyTorch archive"
            ),
            ("model.pth", [0x80, 2] + [UInt8](repeating: 0x8A, count: 60), "pickle"),
            ("old.tar", [UInt8](repeating: 0x41, count: 257) + Array("ustar".utf8), "tar archive"),
            ("model.bin", [0x1F, 0x8B, 8, 0], "gzip"),
            ("flax.msgpack", [0xDE, 0, 1, 2, 3, 4, 5, 6, 7, 8], "not a checkpoint of a known kind"),
        ]
        for (name, bytes, expected) in cases {
            let path = try folder.file(name, bytes)
            let error = #expect(throws: CheckpointError.self) { try openCheckpoint(at: path) }
            #expect(error?.message.contains(expected) == true, "\(name): \(error?.description ?? "")")
        }
    }

    @Test("A missing file, a folder and a pipe are refused, not waited for")
    func notFiles() throws {
        let folder = try TemporaryFolder()
        for path in ["\(folder.path)/none", folder.path, "/dev/null"] {
            #expect(throws: CheckpointError.self, "\(path)") { try openCheckpoint(at: path) }
        }
    }
}
