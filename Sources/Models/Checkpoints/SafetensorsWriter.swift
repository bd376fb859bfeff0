import TensorCore

/// Writes safetensors files of single-precision tensors.
public enum SafetensorsWriter {
    /// The bytes of a file; equal arguments give equal bytes.
    ///
    /// - Parameters:
    ///   - tensors: names and tensors in the order in which they shall lie; no name twice.
    ///   - metadata: texts for the header.
    /// - Returns: header and elements.
    public static func encode(_ tensors: [(name: String, tensor: HostTensor)], metadata: [String: String] = [:])
        -> [UInt8]
    {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "a tensor's name occurs twice")
        var members: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var end = 0
        for (name, tensor) in tensors {
            let start = end
            end += 4 * tensor.values.count
            let extents = tensor.shape.dimensions.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(name)):{\"dtype\":\"F32\",\"shape\":[\(extents)],\"data_offsets\":[\(start),\(end)]}")
        }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        // Spaces up to a multiple of eight keep the elements aligned in a mapped file.
        header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + end)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: header)
        for (_, tensor) in tensors {
            for value in tensor.values {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return bytes
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                result += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
