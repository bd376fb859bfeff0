/// Puts pickles into the containers of PyTorch.
enum TorchWriter {
    /// The archive of `torch.save`, with storages of the given bytes.
    static func zip(_ pickle: [UInt8], storages: [String: [UInt8]] = ["0": eight]) -> [UInt8] {
        archive(pickle, storages: storages).bytes()
    }

    static func archive(_ pickle: [UInt8], storages: [String: [UInt8]] = ["0": eight]) -> ZipWriter {
        ZipWriter(
            [("model/data.pkl", pickle), ("model/byteorder", Array("little".utf8))]
                + storages.sorted { $0.key < $1.key }.map { ("model/data/\($0.key)", $0.value) })
    }

    /// The archive of `torch.jit.save`.
    static func script(_ pickle: [UInt8]) -> [UInt8] {
        var archive = archive(pickle)
        archive.entries.append(.init(name: "model/constants.pkl", data: [0x80, 2, 0x29, 0x2E]))
        archive.entries.append(.init(name: "model/code/__torch__.py", data: [1, 2, 3], method: 8, unpackedSize: 9))
        return archive.bytes()
    }

    /// What PyTorch wrote before version 1.6; where it is cut, the pickle is the end.
    static func legacy(
        _ pickle: [UInt8], storages: [(key: String, count: Int, bytes: [UInt8])] = [("0", 2, eight)],
        magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19], version: Int = 1001,
        machine: [UInt8]? = nil, keys: [UInt8]? = nil, isCut: Bool = false
    ) -> [UInt8] {
        let machine =
            machine
            ?? PickleWriter.pickle {
                $0.raw("}")
                $0.text("little_endian")
                $0.raw([0x88])
                $0.raw("s")
            }
        let keys =
            keys
            ?? PickleWriter.pickle {
                $0.raw("](")
                for storage in storages { $0.text(storage.key) }
                $0.raw("e")
            }
        let start =
            [0x80, 2, 0x8A, UInt8(magic.count)] + magic + [0x2E] + PickleWriter.pickle { $0.integer(version) } + machine
        if isCut { return start + pickle }
        return start + pickle + keys + storages.flatMap { ZipWriter.little(Int64($0.count)) + $0.bytes }
    }

    /// A storage of the two elements 1 and 2 in single precision.
    static let eight: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]

    /// A pickled state dict with one sound tensor `w`, and whatever else `more` adds to the dictionary.
    static func stateDict(_ more: (inout PickleWriter) -> Void = { _ in }) -> [UInt8] {
        PickleWriter.pickle {
            $0.raw("}(")
            $0.text("w")
            $0.soundTensor()
            more(&$0)
            $0.raw("u")
        }
    }
}
