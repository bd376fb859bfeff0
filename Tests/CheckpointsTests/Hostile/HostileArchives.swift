/// Zip archives and files of older versions that are not what they say.
enum HostileArchives {
    static let all: [HostileFile] = zips + scripts + legacy

    private static func zip(_ what: String, _ expected: String, _ change: (inout ZipWriter) -> Void) -> HostileFile {
        var archive = TorchWriter.archive(TorchWriter.stateDict())
        change(&archive)
        return HostileFile(what, archive.bytes(), expected)
    }

    private static func bytes(_ what: String, _ expected: String, _ change: (inout [UInt8]) -> Void) -> HostileFile {
        var bytes = TorchWriter.zip(TorchWriter.stateDict())
        change(&bytes)
        return HostileFile(what, bytes, expected)
    }

    private static func renamed(_ name: String) -> HostileFile {
        zip("an entry named '\(name)'", "not a path in the archive") { $0.entries[2].name = name }
    }

    private static let zips: [HostileFile] =
        [
            "../data/0", "model/../../0", "/etc/passwd", "model//0", "model/./0", "model\\0", "C:\\x", "model/data\n0",
            "model/\u{0}", "", "model/data/0//", "..", "./x", "model/data/\u{7F}",
        ].map(renamed) + [
            zip("a name twice", "'model/data/0' occurs twice") { $0.entries.append($0.entries[2]) },
            zip("data.pkl twice", "'model/data.pkl' occurs twice") { $0.entries.append($0.entries[0]) },
            zip("two roots", "several data.pkl") { $0.entries.append(.init(name: "other/data.pkl", data: [])) },
            zip("no data.pkl", "holds no data.pkl") { $0.entries.removeFirst() },
            zip("no entries", "not a checkpoint of a known kind") { $0.entries = [] },
            zip("data.pkl too deep", "holds no data.pkl") { $0.entries[0].name = "a/b/data.pkl" },
            zip("another archive", "not one of PyTorch's") { $0.entries = [.init(name: "mimetype", data: [1])] },
            zip("an empty pickle", "cut short") { $0.entries[0].data = [] },
            zip("something behind the pickle", "something follows") { $0.entries[0].data.append(0x2E) },
            zip("a compressed pickle", "compressed") { $0.entries[0].method = 8 },
            zip("a compressed storage", "compressed") { $0.entries[2].method = 8 },
            zip("a bomb", "compressed") { ($0.entries[2].method, $0.entries[2].unpackedSize) = (8, 1 << 31) },
            zip("an unknown method", "compressed") { $0.entries[2].method = 99 },
            zip("an encrypted entry", "encrypted") { $0.entries[2].flags = 1 },
            zip("a strongly encrypted entry", "encrypted") { $0.entries[2].flags = 0x40 },
            zip("a big-endian machine", "big-endian") { $0.entries[1].data = Array("big".utf8) },
            zip("an unknown machine", "neither little nor big") { $0.entries[1].data = Array("middle".utf8) },
            zip("a long byte order", "neither little nor big") {
                $0.entries[1].data = .init(repeating: 0x61, count: 1 << 20)
            },
            zip("two names of an entry", "another name") { $0.entries[2].localName = "model/data/1" },
            zip("two lengths of a name", "another name") { $0.entries[2].localName = "model/data/00" },
            zip("two methods of an entry", "disagree") { $0.entries[2].localMethod = 8 },
            zip("two sizes of an entry", "disagree") { $0.entries[2].localSize = 4 },
            zip("two checksums of an entry", "disagree") { $0.entries[2].localChecksum = 7 },
            zip("a stored entry of two sizes", "two sizes") { $0.entries[2].unpackedSize = 9 },
            zip("an entry beyond the archive", "beyond the archive") { $0.entries[2].size = 1 << 20 },
            zip("an entry of four gigabytes", "damaged extra field") { $0.entries[2].size = 0xFFFF_FFFF },
            zip("an entry over the next one", "overlaps") { $0.entries[0].size = $0.entries[0].data.count + 20 },
            zip("two entries in one place", "overlaps") {
                $0.entries.append($0.entries[2])
                $0.entries[3].name = "model/data/1"
                $0.entries[3].offset = 0
            },
            zip("an entry that begins in a pickle", "overlaps") { $0.entries[2].offset = 40 },
            zip("an entry that begins in the directory", "no header") { $0.entries[2].offset = 700 },
            zip("an entry that begins beyond the file", "no header") { $0.entries[2].offset = 0x7FFF_FFFF },
            zip("one entry more than there is", "too short") { $0.count = 9 },
            zip("one entry less than there is", "more than the 2 entries") { $0.count = 2 },
            zip("60000 entries", "counts 60000 entries") { $0.count = 60_000 },
            zip("a directory that begins too late", "does not end where") { $0.directoryOffset = 10_000 },
            zip("a directory that begins too early", "does not end where") { $0.directoryOffset = 4 },
            zip("a directory that is too long", "does not end where") { $0.directorySize = 9999 },
            zip("a directory of no bytes", "does not end where") { $0.directorySize = 0 },
            zip("a 64-bit end record elsewhere", "64-bit end record is damaged") {
                ($0.isWide, $0.wideOffset) = (true, 3)
            },
            zip("a 64-bit end record before the file", "64-bit") { ($0.isWide, $0.wideOffset) = (true, -1) },
            zip("a 64-bit directory before the file", "64-bit") { ($0.isWide, $0.directoryOffset) = (true, -4) },
            zip("a 64-bit count", "entries") { ($0.isWide, $0.count) = (true, 0xFFFF_FFFF) },
            zip("a 64-bit size that overflows", "64-bit") { ($0.isWide, $0.directorySize) = (true, .min) },
            zip("a missing 64-bit record", "64-bit end record is missing") { $0.count = 0xFFFF },
            zip("half an extra field", "damaged extra field") { $0.entries[2].extra = [1, 0, 8] },
            zip("an extra field beyond its end", "damaged extra field") { $0.entries[2].extra = [1, 0, 80, 0, 1] },
            zip("half an extra field in front of the data", "damaged extra field") { $0.entries[2].localExtra = [1] },
            zip("two 64-bit extra fields", "damaged extra field") { $0.entries[2].extra = [1, 0, 0, 0, 1, 0, 0, 0] },
            bytes("a byte behind the end", "cut short") { $0.append(0) },
            bytes("a byte missing at the end", "cut short") { $0.removeLast() },
            bytes("the start alone", "cut short") { $0.removeLast($0.count - 40) },
            bytes("a split archive", "split") { $0[$0.count - 18] = 1 },
            bytes("a comment that is longer than the file", "cut short") { $0[$0.count - 2] = 9 },
            HostileFile("four bytes of an archive", Array("PK\u{3}\u{4}".utf8), "cut short"),
        ]

    private static func script(_ what: String, _ expected: String, _ body: (inout PickleWriter) -> Void) -> HostileFile
    {
        HostileFile(what, TorchWriter.script(PickleWriter.pickle(body)), expected)
    }

    private static let scripts: [HostileFile] = [
        script("a script that is a dictionary", "module is a dictionary") { $0.raw("}") },
        script("a script without attributes", "holds no tensors") {
            $0.raw("c__torch__\nM\n)"); $0.raw([0x81])
        },
        script("a script that runs os.system", "could run code") {
            $0.raw("cos\nsystem\nN"); $0.raw([0x85]); $0.raw("R")
        },
        script("modules shared a billion times over", "more than 262144 attributes") {
            // Level by level from the inside, each holding the one before it twice; the list of them is an attribute.
            $0.raw("c__torch__\nM\n)")
            $0.raw([0x81])
            $0.raw("}(")
            $0.text("levels")
            $0.raw("]")
            for level in UInt8(0)..<60 {
                $0.raw("c__torch__\nM\n)")
                $0.raw([0x81])
                $0.raw("}(")
                if level > 0 {
                    for name in ["a", "b"] {
                        $0.text(name)
                        $0.raw([0x68, level - 1])
                    }
                }
                $0.raw("ub")
                $0.raw([0x71, level])
                $0.raw("a")
            }
            $0.text("outermost")
            $0.raw([0x68, 59])
            $0.raw("ub")
        },
        script("a name of a module of 2000 bytes", "name of 2001 bytes") {
            $0.raw("c__torch__\nM\n)")
            $0.raw([0x81])
            $0.raw("}")
            $0.text(String(repeating: "m", count: 2000))
            $0.raw("c__torch__\nM\n)")
            $0.raw([0x81])
            $0.raw("}")
            $0.text("w")
            $0.soundTensor()
            $0.raw("sbsb")
        },
    ]

    private static func old(_ what: String, _ expected: String, _ bytes: [UInt8]) -> HostileFile {
        HostileFile(what, bytes, expected)
    }

    private static func flag(_ flag: UInt8?) -> [UInt8] {
        PickleWriter.pickle {
            $0.raw("}")
            guard let flag else { return }
            $0.text("little_endian")
            $0.raw([flag])
            $0.raw("s")
        }
    }

    private static let legacy: [HostileFile] = {
        let (sound, eight) = (TorchWriter.stateDict(), TorchWriter.eight)
        func keys(_ body: (inout PickleWriter) -> Void) -> [UInt8] {
            TorchWriter.legacy(sound, keys: PickleWriter.pickle(body))
        }
        func view(_ parts: [Int]) -> [UInt8] {
            PickleWriter.pickle {
                $0.raw("}")
                $0.text("w")
                $0.tensor([2], strides: [1]) {
                    $0.raw("(")
                    $0.text("storage")
                    $0.global("torch", "FloatStorage")
                    $0.text("0")
                    $0.text("cpu")
                    $0.integer(2)
                    $0.raw("(")
                    $0.text("view")
                    for part in parts { $0.integer(part) }
                    $0.raw("ttQ")
                }
                $0.raw("s")
            }
        }
        return [
            old("a pickle of something else", "not one that torch.save wrote", sound),
            old(
                "another magic number", "not one that torch.save",
                TorchWriter.legacy(sound, magic: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])),
            old("another version", "version is not 1001", TorchWriter.legacy(sound, version: 1002)),
            old("a big-endian machine", "big-endian", TorchWriter.legacy(sound, machine: flag(0x89))),
            old("a machine that says nothing", "byte order", TorchWriter.legacy(sound, machine: flag(nil))),
            old("keys that are a dictionary", "no list of storages", keys { $0.raw("}") }),
            old("a key that is a number", "not a text", keys { $0.raw("]K\u{1}a") }),
            old(
                "a key that nothing uses", "nothing uses",
                keys {
                    $0.raw("]"); $0.text("5"); $0.raw("a")
                }),
            old(
                "a key twice", "occurs twice", TorchWriter.legacy(sound, storages: [("0", 2, eight), ("0", 2, eight)])),
            old("no keys", "follow its last storage", keys { $0.raw("]") }),
            old("no storages", "which is missing", TorchWriter.legacy(sound, storages: [])),
            old("a storage cut short", "beyond the file", TorchWriter.legacy(sound, storages: [("0", 2, [1, 2, 3])])),
            old("a storage of no bytes", "claims 2 elements", TorchWriter.legacy(sound, storages: [("0", 0, [])])),
            old(
                "a storage of fewer elements", "claims 2 elements",
                TorchWriter.legacy(sound, storages: [("0", 1, [0, 0, 0, 0])])),
            old("a storage of negative length", "cut short", TorchWriter.legacy(sound, storages: [("0", -1, eight)])),
            old(
                "a storage of the largest length", "beyond the file",
                TorchWriter.legacy(sound, storages: [("0", .max, eight)])),
            old(
                "a storage whose length wraps around", "beyond the file",
                TorchWriter.legacy(sound, storages: [("0", (1 << 62) + 2, eight)])),
            old("bytes behind the last storage", "1 bytes follow", TorchWriter.legacy(sound) + [0]),
            old("a view beyond its storage", "view of storage", TorchWriter.legacy(view([1, 2]))),
            old("a view before its storage", "view of storage", TorchWriter.legacy(view([-1, 2]))),
            old("a view whose end overflows", "view of storage", TorchWriter.legacy(view([1, .max]))),
            old("a view of one element", "beyond its storage of 1", TorchWriter.legacy(view([1, 1]))),
            old(
                "a storage of two types", "two types",
                TorchWriter.legacy(
                    TorchWriter.stateDict {
                        $0.text("v")
                        $0.tensor([1], strides: [1]) { $0.storage("0", type: "DoubleStorage", count: 1) }
                    })),
        ]
    }()
}
