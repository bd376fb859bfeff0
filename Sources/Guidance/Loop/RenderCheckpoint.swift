import Crypto

/// Everything a render needs to go on as if it had not been interrupted.
///
/// Random numbers are functions of the seed and the iteration, so no generator's state is part of it. What else a
/// render remembers lies in named arrays: whoever adds state to the loop adds an array, and the file format stays.
public struct RenderCheckpoint: Sendable, Equatable {
    /// SHA-256 of the specification's canonical JSON, 32 bytes.
    public let specDigest: [UInt8]
    /// Reports of the steps done.
    public let steps: [StepReport]
    /// State by name: `latent`, the optimiser's moments as `optimizer.exp_avg`, ….
    public let arrays: [String: [Float]]

    /// Steps done.
    public var iteration: Int { steps.count }
    /// The latent, `[h, w, e]`.
    public var latent: [Float] { arrays["latent"] ?? [] }

    init(specDigest: [UInt8], steps: [StepReport], arrays: [String: [Float]]) {
        self.specDigest = specDigest
        self.steps = steps
        self.arrays = arrays
    }

    /// Eight characters that begin the file; the last one is the version.
    private static let magic = Array("ATELCKP2".utf8)

    /// The file, all numbers little-endian.
    ///
    /// Magic; digest of the specification; count of steps, and for each its loss, learning rate (8 bytes), count of
    /// terms and terms; count of arrays, and for each in the order of names the bytes of its name, its length and its
    /// elements; the SHA-256 of all that. Counts have 4 bytes.
    public func encoded() -> [UInt8] {
        var bytes = Self.magic + specDigest
        bytes.reserveCapacity(arrays.reduce(128 + steps.count * 64) { $0 + $1.value.count * 4 + 64 })
        bytes.append(littleEndian: UInt32(steps.count))
        for step in steps {
            bytes.append(littleEndian: step.loss.bitPattern)
            bytes.append(littleEndian: step.learningRate.bitPattern)
            bytes.append(array: step.terms)
        }
        bytes.append(littleEndian: UInt32(arrays.count))
        for (name, elements) in arrays.sorted(by: { $0.key < $1.key }) {
            bytes.append(littleEndian: UInt32(name.utf8.count))
            bytes += Array(name.utf8)
            bytes.append(array: elements)
        }
        return bytes + Array(SHA256.hash(data: bytes))
    }

    /// Reads a file; throws `RenderError.damagedCheckpoint` unless every byte is as it was written.
    public init(decoding bytes: [UInt8]) throws(RenderError) {
        guard bytes.count >= Self.magic.count + 64, Array(bytes.prefix(Self.magic.count)) == Self.magic else {
            throw .damagedCheckpoint("it does not begin with \(String(decoding: Self.magic, as: UTF8.self))")
        }
        guard Array(SHA256.hash(data: bytes.dropLast(32))) == Array(bytes.suffix(32)) else {
            throw .damagedCheckpoint("its checksum does not match its content")
        }
        var reader = ByteReader(bytes: Array(bytes.dropLast(32)), position: Self.magic.count)
        specDigest = try reader.take(32)
        var steps: [StepReport] = []
        for index in 0..<(try reader.count(atMost: Int(Limits.iterations.upperBound))) {
            let loss = Float(bitPattern: try reader.number())
            let learningRate = Double(bitPattern: try reader.number())
            let terms = try reader.floats(atMost: Limits.lossTerms)
            steps.append(StepReport(iteration: index + 1, loss: loss, terms: terms, learningRate: learningRate))
        }
        self.steps = steps
        var arrays: [String: [Float]] = [:]
        for _ in 0..<(try reader.count(atMost: Limits.checkpointArrays)) {
            let length = try reader.count(atMost: Limits.nameBytes)
            let name = String(decoding: try reader.take(length), as: UTF8.self)
            arrays[name] = try reader.floats(atMost: Limits.latentElements)
        }
        self.arrays = arrays
        guard reader.isAtEnd else { throw .damagedCheckpoint("its length does not fit its counts") }
        guard arrays.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
            throw .damagedCheckpoint("it holds numbers that are not finite")
        }
    }
}

/// Reads little-endian numbers; every read is checked against the end.
private struct ByteReader {
    let bytes: [UInt8]
    var position: Int

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ count: Int) throws(RenderError) -> [UInt8] {
        guard count <= bytes.count - position else {
            throw .damagedCheckpoint("its length does not fit its counts")
        }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    mutating func number<Number: FixedWidthInteger>() throws(RenderError) -> Number {
        let raw = try take(MemoryLayout<Number>.size)
        return Number(littleEndian: raw.withUnsafeBytes { $0.loadUnaligned(as: Number.self) })
    }

    mutating func count(atMost limit: Int) throws(RenderError) -> Int {
        let count: UInt32 = try number()
        guard count <= limit else {
            throw .damagedCheckpoint("it has a count of \(count), at most \(limit) is allowed")
        }
        return Int(count)
    }

    mutating func floats(atMost limit: Int) throws(RenderError) -> [Float] {
        let raw = try take(4 * (try count(atMost: limit)))
        return raw.withUnsafeBytes { raw in
            (0..<raw.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// The count of the elements, then the elements.
    fileprivate mutating func append(array: [Float]) {
        append(littleEndian: UInt32(array.count))
        for value in array { append(littleEndian: value.bitPattern) }
    }
}
