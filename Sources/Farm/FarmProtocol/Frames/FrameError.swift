/// Why a frame was not accepted, or could not be made.
public enum FrameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first octets are not those of this protocol: a stray peer. Drop without an answer.
    case signature
    /// Another major version; carries the version met.
    case version(UInt8)
    /// A command without a meaning here; to be skipped if the sender said so.
    case unknownCommand(UInt8, isIgnorable: Bool)
    /// A known command that may not come this way.
    case unexpected(Command, Lane)
    /// The body is longer than its command allows.
    case tooLong(Command, octets: Int, limit: Int)
    /// Something else breaks a rule; the text says what and where.
    case malformed(Command?, String)
    /// The message had this many frames instead of one.
    case multipart(Int)

    /// One line: what is wrong and where.
    public var description: String {
        switch self {
        case .signature: "no frame of this protocol: the signature is missing"
        case .version(let major): "version \(major) of the protocol is not spoken here, only \(FrameHeader.major)"
        case .unknownCommand(let code, _): "unknown command 0x\(String(code, radix: 16))"
        case .unexpected(let command, let lane): "\(command) may not come on the lane \(lane.rawValue)"
        case .tooLong(let command, let octets, let limit):
            "the body of \(command) has \(octets) octets; at most \(limit) are allowed"
        case .malformed(let command?, let what): "\(command): \(what)"
        case .malformed(nil, let what): what
        case .multipart(let parts): "a message of \(parts) frames; it must be one"
        }
    }
}

/// A broken rule inside a body; becomes `FrameError.malformed` with the command.
struct Malformed: Error {
    let what: String

    init(_ what: String) { self.what = what }
}
