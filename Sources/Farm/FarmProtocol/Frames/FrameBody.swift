public import FarmModel
import SwiftProtobuf

/// What a frame says, by dialogue.
public enum FrameBody: Hashable, Sendable {
    /// Worker to coordinator.
    case worker(WorkerMessage)
    /// Coordinator to worker.
    case coordinator(CoordinatorMessage)
    /// On the blob connection, either way.
    case blob(BlobMessage)
    /// Client to coordinator.
    case client(ClientMessage)
    /// Coordinator to client.
    case clientReply(ClientReply)
    /// Newcomer to coordinator.
    case newcomer(EnrolMessage)
    /// Coordinator to newcomer.
    case enrolReply(EnrolReply)
    /// A complaint about a frame, on any lane; never answered.
    case error(WireError)

    /// The command that announces it.
    public var command: Command {
        switch self {
        case .worker(let message): message.command
        case .coordinator(let message): message.command
        case .blob(let message): message.command
        case .client(let message): message.command
        case .clientReply(let message): message.command
        case .newcomer: .enrol
        case .enrolReply(let message): message.command
        case .error: .error
        }
    }

    /// The octets after the header, in two pieces.
    func encoded() throws(FrameError) -> (front: [UInt8], content: Octets) {
        // A chunk has its own layout, checks included, and is too large to read back for nothing.
        if case .blob(.chunk(let transfer, let offset, let bytes)) = self {
            let front = try FrameBody.wrap(.chunk) {
                try ChunkLayout.front(transfer: transfer, offset: offset, length: bytes.count)
            }
            return (front, bytes)
        }
        return try FrameBody.wrap(command) {
            let content: [UInt8] = try wire.serializedBytes()
            // Every rule lives in the reader; reading back applies them all to what is sent.
            _ = try read(back: content)
            return ([], Octets(content))
        }
    }

    static func decode(
        _ command: Command, _ bytes: UnsafeRawBufferPointer, keptBy owner: (any AnyObject & Sendable)?, on lane: Lane
    ) throws(FrameError) -> FrameBody {
        try wrap(command) {
            if command == .chunk { return .blob(try ChunkLayout.decode(bytes, keptBy: owner)) }
            return try read(command, Body(bytes: Array(bytes)), on: lane)
        }
    }

    private func read(back content: [UInt8]) throws -> FrameBody {
        let lane: Lane =
            switch self {
            case .worker, .error: .fromWorker
            case .coordinator: .toWorker
            case .blob: .blobs
            case .client: .fromClient
            case .clientReply: .toClient
            case .newcomer: .fromNewcomer
            case .enrolReply: .toNewcomer
            }
        return try FrameBody.read(command, Body(bytes: content), on: lane)
    }

    private static func read(_ command: Command, _ body: Body, on lane: Lane) throws -> FrameBody {
        if command == .error { return .error(try body.read(WireErrorReport.self).model()) }
        switch lane {
        case .fromWorker: return .worker(try WorkerMessage.read(command, body))
        case .toWorker: return .coordinator(try CoordinatorMessage.read(command, body))
        case .blobs: return .blob(try BlobMessage.read(command, body))
        case .fromClient: return .client(try ClientMessage.read(command, body))
        case .toClient: return .clientReply(try ClientReply.read(command, body))
        case .fromNewcomer: return .newcomer(try EnrolMessage.read(command, body))
        case .toNewcomer: return .enrolReply(try EnrolReply.read(command, body))
        }
    }

    /// The body as the generated type of its command.
    private var wire: any SwiftProtobuf.Message {
        switch self {
        case .worker(let message): message.wire
        case .coordinator(let message): message.wire
        case .blob(let message): message.wire
        case .client(let message): message.wire
        case .clientReply(let message): message.wire
        case .newcomer(let message): message.wire
        case .enrolReply(let message): message.wire
        case .error(let error): WireErrorReport(error)
        }
    }

    /// Gives errors from inside a body their command.
    private static func wrap<Value>(_ command: Command, _ work: () throws -> Value) throws(FrameError) -> Value {
        do {
            return try work()
        } catch let problem as Malformed {
            throw .malformed(command, problem.what)
        } catch let problem as BinaryDecodingError {
            throw .malformed(command, "the body is no protobuf message: \(problem)")
        } catch {
            throw .malformed(command, "\(error)")
        }
    }
}
