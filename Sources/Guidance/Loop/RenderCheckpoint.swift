import Crypto
import Foundation

/// Everything a render needs to go on as if it had not been interrupted.
///
/// Random numbers are functions of the seed and the iteration, so no generator's state is part of it.
public struct RenderCheckpoint: Sendable, Equatable {
    /// SHA-256 of the specification's canonical JSON, 32 bytes.
    public let specDigest: [UInt8]
    /// The latent, `[h, w, e]`.
    public let latent: [Float]
    /// The optimiser's moments and step count.
    public let optimizer: Adam
    /// Reports of the steps done.
    public let steps: [StepReport]

    /// Steps done.
    public var iteration: Int { steps.count }

    init(specDigest: [UInt8], latent: [Float], optimizer: Adam, steps: [StepReport]) {
        self.specDigest = specDigest
        self.latent = latent
        self.optimizer = optimizer
        self.steps = steps
    }

    /// Eight characters that begin the file; the last one is the version.
    private static let magic = Array("ATELCKP1".utf8)

    /// The file: magic, digest of the specification, counts, arrays, and the SHA-256 of all that; little-endian.
    public func encoded() -> [UInt8] {
        let prompts = steps.first?.terms.count ?? 0
        var bytes = Self.magic + specDigest
        bytes.reserveCapacity(64 + latent.count * 12 + steps.count * (12 + 4 * prompts))
        for count in [latent.count, steps.count, prompts] { bytes.append(littleEndian: UInt32(count)) }
        for array in [latent, optimizer.first, optimizer.second] {
            for value in array { bytes.append(littleEndian: value.bitPattern) }
        }
        for step in steps {
            for value in [step.loss] + step.terms { bytes.append(littleEndian: value.bitPattern) }
            bytes.append(littleEndian: step.learningRate.bitPattern)
        }
        return bytes + Array(SHA256.hash(data: bytes))
    }

    /// Reads a file; throws `RenderError.damagedCheckpoint` unless every byte is as it was written.
    public init(decoding bytes: [UInt8]) throws(RenderError) {
        let overhead = Self.magic.count + 32 + 12
        guard bytes.count >= overhead + 32, Array(bytes.prefix(Self.magic.count)) == Self.magic else {
            throw .damagedCheckpoint("it does not begin with \(String(decoding: Self.magic, as: UTF8.self))")
        }
        let body = bytes.dropLast(32)
        guard Array(SHA256.hash(data: body)) == Array(bytes.suffix(32)) else {
            throw .damagedCheckpoint("its checksum does not match its content")
        }
        var reader = ByteReader(bytes: bytes, position: Self.magic.count)
        specDigest = Array(bytes[reader.position..<(reader.position + 32)])
        reader.position += 32
        let (count, done, prompts) = (Int(reader.uint32()), Int(reader.uint32()), Int(reader.uint32()))
        guard count <= Limits.latentElements, done <= Int(Limits.iterations.upperBound), prompts <= Limits.prompts,
            body.count == overhead + 12 * count + done * (12 + 4 * prompts)
        else { throw .damagedCheckpoint("its length does not fit its counts") }
        latent = reader.floats(count)
        optimizer = Adam(first: reader.floats(count), second: reader.floats(count), steps: done)
        steps = (0..<done).map { index in
            let losses = reader.floats(1 + prompts)
            return StepReport(
                iteration: index + 1, loss: losses[0], terms: Array(losses.dropFirst()),
                learningRate: Double(bitPattern: reader.uint64()))
        }
        guard (latent + optimizer.first + optimizer.second).allSatisfy(\.isFinite) else {
            throw .damagedCheckpoint("it holds numbers that are not finite")
        }
    }
}

/// Reads little-endian numbers whose presence was checked before.
private struct ByteReader {
    let bytes: [UInt8]
    var position: Int

    mutating func uint32() -> UInt32 {
        defer { position += 4 }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: UInt32.self) }.littleEndian
    }

    mutating func uint64() -> UInt64 { UInt64(uint32()) | UInt64(uint32()) << 32 }

    mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in Float(bitPattern: uint32()) } }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
