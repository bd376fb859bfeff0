import ArgumentParser
import FarmModel
import Foundation
import OrderedCollections

/// `atelier submit`: hands a template to a running coordinator.
struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submit a sweep to a running coordinator.",
        discussion: """
            The template is checked here, against the models it names, before anything is sent. Submitting the same \
            template again does not start it again. Models and pictures that the coordinator lacks are sent to it, and \
            from there to workers; --no-upload leaves that out where all machines see the same files. --wait outlasts \
            a coordinator that is restarted meanwhile.

              atelier submit sweep.yaml --connect tcp://127.0.0.1:7403 --wait
              atelier submit big.yaml --connect tcp://10.0.0.1:7403 --memory 8 --tag fast --priority 5
            """)

    @Argument(help: ArgumentHelp("A template.", valueName: "template.yaml"))
    var template: String

    @Option(
        help: ArgumentHelp(
            "Client endpoint of the coordinator; by default that of ATELIER_FARM.", valueName: "endpoint"))
    var connect: String?

    @Flag(help: "Return when the job has ended; exit with 1 if a task failed.")
    var wait = false

    @Flag(help: "Send no files: workers see them at the same paths.")
    var noUpload = false

    @OptionGroup(title: "Terms (each is also a key of the template)")
    var terms: TermFlags

    @OptionGroup var store: StoreFlags

    func run() async throws {
        var written = try TemplateFile.read(template)
        written.terms = written.terms.overridden(by: try terms.terms)
        let job = try JobPreparation.prepare(written, models: store.store)
        let endpoint = try endpoint(ProcessInfo.processInfo.environment)
        let client = try await CoordinatorClient.connect(to: endpoint)
        let id: JobID
        do {
            if !noUpload, !job.files.isEmpty { try await client.send(job.files.map { ($0.key, $0.value) }) }
            guard case .submitted(let number, let isNew) = try await client.ask(.submit(job.spec, key: job.key)) else {
                throw UnexpectedReply()
            }
            id = number
            print("\(id) \"\(job.spec.name)\": \(job.spec.taskCount) tasks, \(isNew ? "accepted" : "known already")")
        } catch {
            await client.close()
            throw error
        }
        if wait {
            try await JobWatch(job: id, endpoint: endpoint).untilEnd(asking: client)
        } else {
            await client.close()
        }
    }

    private func endpoint(_ environment: [String: String]) throws -> String {
        let named = connect ?? environment[FarmAccess.variable] ?? ""
        guard named.hasPrefix("tcp://") else {
            throw UserError("which coordinator? Give --connect tcp://host:7403, or set \(FarmAccess.variable) to that")
        }
        return named
    }
}

/// Waits for the end of a job, also while its coordinator is away.
struct JobWatch {
    let job: JobID
    let endpoint: String

    /// Asks until the job has ended and closes the line; throws exit code 1 if a task did not succeed.
    func untilEnd(asking first: CoordinatorClient) async throws {
        var client = first
        while true {
            do {
                guard case .status(let all) = try await client.question(.query(.job(job))), let status = all.first
                else {
                    throw UnexpectedReply()
                }
                if status.isEnded {
                    await client.close()
                    return try report(status)
                }
                try await Task.sleep(for: .seconds(1))
            } catch is CoordinatorClient.NoAnswer {
                await client.close()
                JobWatch.say("\(endpoint) does not answer; waiting until it does")
                client = try await CoordinatorClient.reconnect(to: endpoint)
                JobWatch.say("\(endpoint) answers again")
            } catch {
                await client.close()
                throw error
            }
        }
    }

    private func report(_ status: JobStatus) throws {
        print("\(status.succeeded) of \(status.total) done, \(status.failed) failed, \(status.cancelled) cancelled")
        if let failure = status.failure { print("the job failed: \(failure)") }
        if status.succeeded < status.total { throw ExitCode(1) }
    }

    private static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
