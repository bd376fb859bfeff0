import SwiftProtobuf

/// The octets of a control body, to be read as the type of its command.
struct Body {
    let bytes: [UInt8]

    /// Parses strictly: bounded depth, and no field of the first edition under the wrong wire type.
    func read<Message: SwiftProtobuf.Message>(_ type: Message.Type) throws -> Message {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = WireLimits.messageDepth
        let message = try Message(serializedBytes: bytes, options: options)
        var strictness = UnknownFieldVisitor()
        try message.traverse(visitor: &strictness)
        return message
    }
}
