import FarmModel
import FoundationEssentials
import SwiftProtobuf

extension ClientMessage {
    var command: Command {
        switch self {
        case .open: .open
        case .submit: .submit
        case .command: .command
        case .workerCommand: .workerCommand
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
        case .command(let command, let job): WireJobCommand(command, job)
        case .workerCommand(let command, let worker): WireWorkerCommand(command, worker)
        case .query(let query): WireQuery(query)
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
            return .command(try command.model(), try Checked.job(command.job, "job"))
        case .workerCommand:
            let command = try body.read(WireWorkerCommand.self)
            return .workerCommand(try command.model(), try Checked.worker(command.worker, "worker"))
        case .query: return .query(try body.read(WireQuery.self).model())
        default: throw Malformed("a client does not say this")
        }
    }
}

extension ClientReply {
    var command: Command {
        switch self {
        case .opened: .opened
        case .submitted: .submitted
        case .done, .workerDone: .done
        case .status, .tasks, .workers, .explanation: .reply
        case .refused: .refuse
        }
    }

    var wire: any SwiftProtobuf.Message {
        switch self {
        case .opened(let opened):
            WireOpened.with {
                $0.epoch = opened.epoch
                $0.blobEndpoint = opened.blobEndpoint
                $0.nextServerKey = Data(opened.nextServerKey ?? [])
                $0.features = opened.features
            }
        case .submitted(let job, let isNew):
            WireSubmitted.with {
                $0.job = job.number
                $0.isNew = isNew
            }
        case .done(let job): WireDone.with { $0.job = job.number }
        case .workerDone(let worker): WireDone.with { $0.worker = worker.name }
        case .tasks(let page): WireReply.with { $0.tasks = WireTaskPage(page) }
        case .workers(let workers): WireReply.with { $0.workers = WireWorkerList(workers) }
        case .explanation(let explanation): WireReply.with { $0.explanation = WireExplanation(explanation) }
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
                Opened(
                    epoch: try Checked.number(opened.epoch, in: 1...UInt64.max, "epoch"),
                    blobEndpoint: try Checked.label(opened.blobEndpoint, "blob_endpoint"),
                    nextServerKey: try Checked.nextKey(opened.nextServerKey),
                    features: try Checked.tags(opened.features, "features")))
        case .submitted:
            let submitted = try body.read(WireSubmitted.self)
            try Checked.present(submitted.hasIsNew, "is_new")
            return .submitted(try Checked.job(submitted.job, "job"), isNew: submitted.isNew)
        case .done:
            let done = try body.read(WireDone.self)
            guard done.job == 0, !done.worker.isEmpty else { return .done(try Checked.job(done.job, "job")) }
            return .workerDone(try Checked.worker(done.worker, "worker"))
        case .reply: return try body.read(WireReply.self).model()
        case .refuse:
            let refuse = try body.read(WireRefuse.self)
            try refuse.check()
            guard refuse.reason == .request else { throw Malformed("reason has no meaning to a client") }
            return .refused(refuse.detail)
        default: throw Malformed("a coordinator does not say this to a client")
        }
    }
}
