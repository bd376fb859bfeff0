/// How the elements of a stored tensor are encoded; the names are those of safetensors.
public enum ElementType: String, Sendable {
    case f64 = "F64"
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    case i64 = "I64"
    case i32 = "I32"
    case i16 = "I16"
    case i8 = "I8"
    case u8 = "U8"
    case bool = "BOOL"

    /// Bytes per element.
    var size: Int {
        switch self {
        case .f64, .i64: 8
        case .f32, .i32: 4
        case .f16, .bf16, .i16: 2
        case .i8, .u8, .bool: 1
        }
    }

    /// Little-endian elements as single precision, row-major.
    ///
    /// Whole numbers beyond 2^24 and doubles are rounded to the nearest value.
    ///
    /// - Parameters:
    ///   - bytes: a storage, at any address; it holds everything that `layout` reaches.
    ///   - layout: which elements of the storage, in which order.
    /// - Returns: the elements.
    func floats(_ bytes: UnsafeRawBufferPointer, _ layout: StridedLayout) -> [Float] {
        precondition(layout.end * size <= bytes.count, "\(layout) reaches beyond \(bytes.count) bytes")
        func convert<Stored>(_ type: Stored.Type, _ value: (Stored) -> Float) -> [Float] {
            func load(_ index: Int) -> Float {
                value(bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self))
            }
            return [Float](unsafeUninitializedCapacity: layout.count) { result, initialized in
                layout.forEachRun { start, stride, count in
                    // The usual stride as a constant: only then is the loop vectorised.
                    if stride == 1 {
                        for i in 0..<count { result.initializeElement(at: initialized + i, to: load(start + i)) }
                    } else {
                        for i in 0..<count {
                            result.initializeElement(at: initialized + i, to: load(start + i * stride))
                        }
                    }
                    initialized += count
                }
            }
        }
        switch self {
        case .f64: return convert(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
        case .f32: return convert(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case .f16: return convert(UInt16.self) { Self.half(UInt32(UInt16(littleEndian: $0))) }
        case .bf16: return convert(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
        case .i64: return convert(Int64.self) { Float(Int64(littleEndian: $0)) }
        case .i32: return convert(Int32.self) { Float(Int32(littleEndian: $0)) }
        case .i16: return convert(Int16.self) { Float(Int16(littleEndian: $0)) }
        case .i8: return convert(Int8.self) { Float($0) }
        case .u8: return convert(UInt8.self) { Float($0) }
        case .bool: return convert(UInt8.self) { $0 == 0 ? 0 : 1 }
        }
    }

    /// A half-precision number from its bits, in arithmetic that the compiler can vectorise.
    private static func half(_ bits: UInt32) -> Float {
        let (exponent, mantissa) = (bits >> 10 & 0x1F, bits & 0x3FF)
        // The exponent's bias grows from 15 to 127; all ones (infinity, NaN) stay all ones.
        let wide = Float(bitPattern: (exponent &+ (exponent == 0x1F ? 224 : 112)) << 23 | mantissa << 13)
        let magnitude = exponent == 0 ? Float(mantissa) * 0x1p-24 : wide
        return Float(bitPattern: magnitude.bitPattern | (bits & 0x8000) << 16)
    }
}
