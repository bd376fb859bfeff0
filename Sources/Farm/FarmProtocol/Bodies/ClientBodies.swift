import FarmModel
import FoundationEssentials
import SwiftProtobuf

extension ClientMessage {
    var command: Command {
        switch self {
        case .open: .open
        case .submit: .submit
        case .command: .command
        case .query: .query
        }
    }

    var wire: any SwiftProtobuf.Message {
        switch self {
        case .open: WireOpen()
        case .submit(let job, let key):
            WireSubmit.with {
                $0.job = WireJob(job)
                $0.key = Data(key.bytes)
            }
        case .command(let command, let job):
            WireJobCommand.with {
                $0.verb = command.wire
                $0.job = job.number
            }
        case .query(let job): WireQuery.with { if let job { $0.job = job.number } }
        }
    }

    static func read(_ command: Command, _ body: Body) throws -> ClientMessage {
        switch command {
        case .open:
            _ = try body.read(WireOpen.self)
            return .open
        case .submit:
            let submit = try body.read(WireSubmit.self)
            return .submit(try submit.job.model(), key: try Checked.digest(submit.key, "key"))
        case .command:
            let command = try body.read(WireJobCommand.self)
            return .command(try .init(command.verb, "verb"), try jobID(command.job))
        case .query:
            let query = try body.read(WireQuery.self)
            return .query(query.hasJob ? try jobID(query.job) : nil)
        default: throw Malformed("a client does not say this")
        }
    }
}

extension ClientReply {
    var command: Command {
        switch self {
        case .opened: .opened
        case .submitted: .submitted
        case .done: .done
        case .status: .reply
        case .refused: .refuse
        }
    }

    var wire: any SwiftProtobuf.Message {
        switch self {
        case .opened(let epoch, let endpoint):
            WireOpened.with {
                $0.epoch = epoch
                $0.blobEndpoint = endpoint
            }
        case .submitted(let job, let isNew):
            WireSubmitted.with {
                $0.job = job.number
                $0.isNew = isNew
            }
        case .done(let job): WireDone.with { $0.job = job.number }
        case .status(let jobs): WireReply.with { $0.jobs = jobs.map { WireJobStatus($0) } }
        case .refused(let detail):
            WireRefuse.with {
                $0.reason = .request
                $0.retryAfterMs = 0
                $0.detail = Prose.trimmed(detail)
            }
        }
    }

    static func read(_ command: Command, _ body: Body) throws -> ClientReply {
        switch command {
        case .opened:
            let opened = try body.read(WireOpened.self)
            return .opened(
                epoch: try Checked.number(opened.epoch, in: 1...UInt64.max, "epoch"),
                blobEndpoint: try Checked.label(opened.blobEndpoint, "blob_endpoint"))
        case .submitted:
            let submitted = try body.read(WireSubmitted.self)
            try Checked.present(submitted.hasIsNew, "is_new")
            return .submitted(try jobID(submitted.job), isNew: submitted.isNew)
        case .done: return .done(try jobID(body.read(WireDone.self).job))
        case .reply:
            let reply = try body.read(WireReply.self)
            try Checked.count(reply.jobs.count, atMost: WireLimits.statuses, "jobs")
            return .status(try reply.jobs.map { try $0.model() })
        case .refuse:
            let refuse = try body.read(WireRefuse.self)
            try refuse.check()
            guard refuse.reason == .request else { throw Malformed("reason has no meaning to a client") }
            return .refused(refuse.detail)
        default: throw Malformed("a coordinator does not say this to a client")
        }
    }
}

private func jobID(_ number: UInt64) throws -> JobID {
    JobID(try Checked.number(number, in: 1...UInt64.max, "job"))
}
