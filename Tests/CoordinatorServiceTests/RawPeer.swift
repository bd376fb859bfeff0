import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Testing

/// A connection to a port that sends octets as they are, with numbers of sequence of its own choice.
struct RawPeer: ~Copyable {
    private let socket: Socket

    init(_ farm: FarmLine, _ lane: Lane, at endpoint: String, as pair: CurveKeyPair) throws {
        let server = try farm.keys.serverKeys().current.publicKey
        let socket = try Socket(
            .dealer, in: farm.context,
            options: SocketOptions.standard(for: lane).secured(by: .client(pair, server: server)))
        try socket.connect(endpoint)
        self.socket = socket
    }

    func say(_ octets: [UInt8]) async throws {
        while try socket.send(octets) != .sent { try await Task.sleep(for: .milliseconds(2)) }
    }

    func hear() async throws -> [UInt8] {
        while true {
            if let message = try socket.receive() { return try #require(message.parts.first) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
