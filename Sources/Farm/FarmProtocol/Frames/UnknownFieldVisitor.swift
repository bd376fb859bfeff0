import FoundationEssentials
import SwiftProtobuf

/// Walks a parsed message and refuses unknown fields with numbers below 16.
///
/// The protobuf parser files a known field with the wrong wire type under the unknown ones, and its value silently
/// becomes the default. Numbers 1 to 15 are all of the first edition, so an unknown one among them is an error; later
/// editions add fields from 16 on, which are ignored here.
struct UnknownFieldVisitor: Visitor {
    /// The first number that later editions may use.
    static let firstLaterField = 16

    mutating func visitUnknown(bytes: Data) throws {
        var rest = [UInt8](bytes)[...]
        var depth = 0
        while !rest.isEmpty {
            let tag = try UnknownFieldVisitor.varint(&rest)
            if depth == 0, tag >> 3 < UnknownFieldVisitor.firstLaterField {
                throw Malformed("field \(tag >> 3) is unknown or has the wrong wire type \(tag & 7)")
            }
            switch tag & 7 {
            case 0: _ = try UnknownFieldVisitor.varint(&rest)
            case 1: rest = rest.dropFirst(8)
            case 2:
                let length = Int(clamping: try UnknownFieldVisitor.varint(&rest))
                rest = rest.dropFirst(length)
            case 3: depth += 1
            case 4: depth -= 1
            case 5: rest = rest.dropFirst(4)
            default: throw Malformed("wire type \(tag & 7) does not exist")
            }
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard let octet = rest.popFirst() else { break }
            value |= UInt64(octet & 0x7F) << UInt64(shift)
            if octet < 0x80 { return value }
        }
        throw Malformed("an unknown field is cut off")
    }

    mutating func visitSingularMessageField<M: Message>(value: M, fieldNumber: Int) throws {
        try value.traverse(visitor: &self)
    }

    // Values are checked by the conversions; here only the structure counts.
    mutating func visitSingularDoubleField(value: Double, fieldNumber: Int) {}
    mutating func visitSingularInt64Field(value: Int64, fieldNumber: Int) {}
    mutating func visitSingularUInt64Field(value: UInt64, fieldNumber: Int) {}
    mutating func visitSingularBoolField(value: Bool, fieldNumber: Int) {}
    mutating func visitSingularStringField(value: String, fieldNumber: Int) {}
    mutating func visitSingularBytesField(value: Data, fieldNumber: Int) {}
    mutating func visitSingularEnumField<E: Enum>(value: E, fieldNumber: Int) {}
    mutating func visitMapField<KeyType, ValueType: MapValueType>(
        fieldType: _ProtobufMap<KeyType, ValueType>.Type,
        value: _ProtobufMap<KeyType, ValueType>.BaseType, fieldNumber: Int
    ) {}
    mutating func visitMapField<KeyType, ValueType>(
        fieldType: _ProtobufEnumMap<KeyType, ValueType>.Type,
        value: _ProtobufEnumMap<KeyType, ValueType>.BaseType, fieldNumber: Int
    ) where ValueType.RawValue == Int {}
    mutating func visitMapField<KeyType, ValueType>(
        fieldType: _ProtobufMessageMap<KeyType, ValueType>.Type,
        value: _ProtobufMessageMap<KeyType, ValueType>.BaseType, fieldNumber: Int
    ) {}
}
