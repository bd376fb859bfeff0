import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import ModelStore

/// Brings the files of a job to a coordinator, one after another, before the job is submitted.
struct FileUploads {
    private let endpoint: String
    private let session: SessionID
    private let mailbox: Mailbox<Heard>
    private let dealer: FrameDealer
    private let security: SocketOptions.Security

    /// A line to the blob port; a session is the one that the coordinator opened.
    init(
        to endpoint: String, session: SessionID, security: SocketOptions.Security, loop: SocketLoop, context: ZMQContext
    ) {
        self.security = security
        self.endpoint = endpoint
        self.session = session
        (dealer, mailbox) = Heard.line(.blobs, on: loop, in: context)
    }

    /// Sends every file that the coordinator lacks; throws `UserError` if one cannot be sent.
    func send(_ files: some Sequence<(sha256: String, path: String)>) async throws {
        do { try await dealer.connect(to: endpoint, security: security) } catch {
            throw UserError("\(endpoint): \(error)")
        }
        do {
            for (number, file) in files.enumerated() { try await send(file.path, file.sha256, UInt64(number + 1)) }
        } catch {
            await dealer.disconnect()
            throw error
        }
        await dealer.disconnect()
    }

    private func send(_ path: String, _ sha256: String, _ transfer: UInt64) async throws {
        guard let digest = Digest(hex: sha256), let size = RegularFile.size(path) else {
            throw UserError("\(path) cannot be read any more")
        }
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let display = DownloadDisplay("sending " + URL(fileURLWithPath: path).lastPathComponent, isQuiet: false)
        defer { display.clear() }
        var sender = BlobSender(offering: digest, size: size, transfer: transfer)
        var effects = sender.start()[...]
        var silence = 0
        var trouble: LineTrouble?
        while true {
            while let effect = effects.popFirst() {
                switch effect {
                case .send(let message): await dealer.send(.blob(message), session: session)
                case .read(let offset, let count):
                    try file.seek(toOffset: UInt64(offset))
                    effects += sender.read([UInt8](try file.read(upToCount: count) ?? Data()))
                    display.show(DownloadProgress(received: offset + Int64(count), total: size))
                case .end(.complete), .end(.alreadyThere): return
                case .end(.aborted(.digest, _)): throw UserError("\(path) has changed meanwhile; submit again")
                case .end(.aborted(let reason, _)):
                    throw UserError("\(endpoint) does not take \(path): \(reason.rawValue)")
                case .write, .verify: preconditionFailure("a sender neither writes nor verifies")
                }
            }
            let heard = await mailbox.next(upTo: Limits.uploadBatch, within: Limits.uploadTurn)
            silence = heard.isEmpty ? silence + 1 : 0
            guard silence < Limits.uploadPatience else {
                guard let trouble else { throw UserError("\(endpoint) is silent; is it reachable from here?") }
                throw UserError("\(endpoint), where files are brought: \(trouble)")
            }
            if heard.isEmpty { effects += sender.nudge() }
            for one in heard {
                switch one {
                // A coordinator that is being started again will answer.
                case .trouble(.noAnswer): trouble = .noAnswer
                case .trouble(let other): throw UserError("\(endpoint), where files are brought: \(other)")
                case .frame(.frame(let frame, _)):
                    guard case .blob(let message) = frame.body, message.transfer == transfer else { continue }
                    effects += sender.handle(message)
                case .frame(.broken): continue
                }
            }
        }
    }
}
