import ArgumentParser
import CoordinatorService
import FarmModel
import Foundation
import Guidance
import Logging

/// What `render` and `run` share: check, run on a local farm, say where everything is.
enum LocalRun {
    static func run(_ template: JobTemplate, _ flags: LocalFarmFlags) async throws {
        var template = template
        guard template.terms.device != .gpu else {
            throw UserError("device: gpu: this machine's workers compute on its processor; leave it out")
        }
        let memory = flags.memory.memory ?? template.terms.memory.map { MemorySize(bytes: Int($0 * 1e9)) }
        // Its workers are its own: they are given as much.
        template.terms.memory = nil
        let job = try JobPreparation.prepare(template, models: flags.store.store)
        let layout = flags.layout(tasks: job.spec.taskCount)
        if let memory {
            let plan = try job.plan(within: memory, threads: layout.threads, models: flags.store.store)
            if !flags.quiet, !flags.json { Notice.say("each engine " + plan.description) }
        }
        let folder = try JobFolder.locate(output: flags.output, name: template.name, key: job.key)
        var logger = Logger(label: "atelier") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let farm = LocalFarm(
            folder: folder, workers: layout.workers, threads: layout.threads, memory: memory?.bytes,
            models: flags.store.folder, isQuiet: flags.quiet || flags.json, logger: logger)
        switch try await farm.run(job) {
        case .ended(let status, let outputs):
            print(flags.json ? try RunSummary(status, outputs).json : RunSummary(status, outputs).text)
            if let trouble = outputs.trouble {
                Notice.complain("\(outputs.folder) is not complete: \(trouble); run again to retry")
            }
            if status.succeeded < status.total || outputs.trouble != nil { throw ExitCode(1) }
        case .interrupted(let outputs):
            Notice.say("interrupted: what is done is kept in \(outputs.folder); run the same command again to go on")
            throw ExitCode(130)
        }
    }
}

/// How a run ended, for people and for machines.
struct RunSummary: Encodable {
    var job: String
    var tasks: UInt32
    var succeeded: UInt32
    var failed: UInt32
    var cancelled: UInt32
    var folder: String
    var manifest: String
    var frames: String
    var losses: String
    var contactSheets: [String]
    var plot: String?
    var failure: String?

    init(_ status: JobStatus, _ outputs: JobOutputs) {
        job = status.name
        (tasks, succeeded, failed, cancelled) = (status.total, status.succeeded, status.failed, status.cancelled)
        folder = outputs.folder
        manifest = outputs.folder + "/manifest.json"
        frames = outputs.folder + "/frames"
        losses = outputs.folder + "/losses"
        contactSheets = outputs.contactSheets
        plot = outputs.plot
        failure = status.failure
    }

    var json: String {
        get throws { try JSONText.pretty(self) }
    }

    var text: String {
        var lines = ["\(succeeded) of \(tasks) done" + (failed > 0 ? ", \(failed) failed" : "") + "."]
        lines.append("  pictures       \(frames)")
        lines += contactSheets.map { "  contact sheet  \($0)" }
        if let plot { lines.append("  loss curves    \(plot)") }
        lines.append("  manifest       \(manifest)")
        if let failure { lines.insert("The job failed: \(failure).", at: 1) }
        return lines.joined(separator: "\n")
    }
}
