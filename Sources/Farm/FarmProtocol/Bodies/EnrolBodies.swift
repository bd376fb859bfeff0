import FarmModel
import FoundationEssentials
import SwiftProtobuf

extension EnrolMessage {
    var wire: any SwiftProtobuf.Message {
        WireEnrol.with {
            $0.token = Data(token.bytes)
            $0.key = Data(key)
            $0.name = name.name
            $0.nonce = Data(nonce.bytes)
            $0.proof = Data(proof)
        }
    }

    static func read(_ command: Command, _ body: Body) throws -> EnrolMessage {
        guard command == .enrol else { throw Malformed("a newcomer does not say this") }
        let enrol = try body.read(WireEnrol.self)
        return EnrolMessage(
            token: try Checked.digest(enrol.token, "token"), key: try Checked.octets(enrol.key, 32, "key"),
            name: try Checked.worker(enrol.name, "name"), nonce: try Checked.digest(enrol.nonce, "nonce"),
            proof: try Checked.octets(enrol.proof, 32, "proof"))
    }
}

extension EnrolReply {
    var command: Command {
        switch self {
        case .enrolled: .enrolled
        case .refused: .refuse
        }
    }

    var wire: any SwiftProtobuf.Message {
        switch self {
        case .enrolled(let name, let pool):
            WireEnrolled.with {
                $0.name = name.name
                $0.pool = pool
            }
        case .refused(let reason):
            WireRefuse.with {
                $0.reason = .request
                $0.retryAfterMs = 0
                $0.detail = Prose.trimmed(reason)
            }
        }
    }

    static func read(_ command: Command, _ body: Body) throws -> EnrolReply {
        switch command {
        case .enrolled:
            let enrolled = try body.read(WireEnrolled.self)
            return .enrolled(
                name: try Checked.worker(enrolled.name, "name"), pool: try Checked.label(enrolled.pool, "pool"))
        case .refuse:
            let refuse = try body.read(WireRefuse.self)
            try refuse.check()
            guard refuse.reason == .request else { throw Malformed("reason has no meaning to a newcomer") }
            return .refused(refuse.detail)
        default: throw Malformed("a coordinator does not say this to a newcomer")
        }
    }
}

extension Checked {
    /// A fixed number of octets.
    static func octets(_ data: Data, _ count: Int, _ field: String) throws -> [UInt8] {
        guard data.count == count else { throw Malformed("\(field) has \(data.count) octets, not \(count)") }
        return [UInt8](data)
    }
}
