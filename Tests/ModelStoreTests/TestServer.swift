import Foundation
import Glibc
import Synchronization

/// A tiny HTTP server on loopback whose answers a test scripts octet by octet.
final class TestServer: Sendable {
    /// What a client asked.
    struct Request: Sendable {
        var path: String
        var headers: [String: String]

        /// First octet asked for, if a part is.
        var rangeStart: Int? {
            headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
        }
    }

    /// What is done to a client, in order; the connection closes at the end.
    enum Deed: Sendable {
        case head(Int, [String: String])
        case body([UInt8])
        /// Says nothing for so long.
        case silence(Double)
        /// Sends octets until the client leaves.
        case endless
    }

    private let descriptor: Int32
    private let log = Mutex<[Request]>([])
    private let answer: @Sendable (Request, Int) -> [Deed]
    let port: UInt16

    /// What was asked so far.
    var requests: [Request] { log.withLock { $0 } }

    func url(_ path: String = "/model.ckpt") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Serves with a script that sees the request and its number, from 0.
    init(_ answer: @escaping @Sendable (Request, Int) -> [Deed]) throws {
        self.answer = answer
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard bound else { throw POSIXError(.EADDRINUSE) }
        port = UInt16(bigEndian: address.sin_port)
        signal(SIGPIPE, SIG_IGN)
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0, let server = self else { return }
                Thread.detachNewThread { server.serve(client) }
            }
        }
    }

    deinit {
        stop()
        close(descriptor)
    }

    /// Refuses connections from now on; the descriptor stays, since its number would be another's soon.
    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func serve(_ client: Int32) {
        defer { close(client) }
        guard let request = read(client) else { return }
        let number = log.withLock { log in
            log.append(request)
            return log.count - 1
        }
        for deed in answer(request, number) {
            switch deed {
            case .head(let status, let headers):
                let lines = ["HTTP/1.1 \(status) X", "Connection: close"] + headers.map { "\($0): \($1)" }
                guard send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8), to: client) else { return }
            case .body(let bytes): guard send(bytes, to: client) else { return }
            case .silence(let seconds): Thread.sleep(forTimeInterval: seconds)
            case .endless: while send([UInt8](repeating: 7, count: 1 << 16), to: client) {}
            }
        }
    }

    private func send(_ bytes: [UInt8], to client: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { write(client, $0.baseAddress, $0.count) }
            if count <= 0 { return false }
            done += count
        }
        return true
    }

    private func read(_ client: Int32) -> Request? {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while !text.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            guard text.count < 65_536, Glibc.read(client, &byte, 1) == 1 else { return nil }
            text.append(byte)
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\r\n")
        guard let path = lines.first?.split(separator: " ").dropFirst().first else { return nil }
        let headers = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            )
        }
        return Request(path: String(path), headers: Dictionary(headers) { $1 })
    }
}

extension TestServer {
    /// A server of one file that knows parts, as most do.
    static func serving(_ bytes: [UInt8], etag: String = "\"1\"") throws -> TestServer {
        try TestServer { request, _ in whole(bytes, request, etag: etag) }
    }

    /// The answer to a request for a file or a part of it.
    static func whole(_ bytes: [UInt8], _ request: Request, etag: String = "\"1\"") -> [Deed] {
        let fits = request.headers["if-range"].map { $0 == etag } ?? true
        guard let start = request.rangeStart, fits else {
            return [.head(200, ["Content-Length": "\(bytes.count)", "ETag": etag]), .body(bytes)]
        }
        guard start < bytes.count else { return [.head(416, ["Content-Range": "bytes */\(bytes.count)"])] }
        let range = "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"
        return [
            .head(206, ["Content-Length": "\(bytes.count - start)", "Content-Range": range, "ETag": etag]),
            .body(Array(bytes[start...])),
        ]
    }
}
