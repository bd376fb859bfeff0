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

              atelier submit sweep.yaml --wait                    # on the coordinator's machine
              atelier submit sweep.yaml --farm ada.json --wait    # elsewhere, with a file of atelier keys new
              atelier submit big.yaml --memory 8 --tag fast --priority 5
            """)

    @Argument(help: ArgumentHelp("A template.", valueName: "template.yaml"))
    var template: String

    @OptionGroup var farm: CoordinatorFlags

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
        let address = try farm.address()
        let client = try await CoordinatorClient.connect(to: address)
        let id: JobID
        do {
            if !noUpload, !job.files.isEmpty { try await client.send(job.files.map { ($0.key, $0.value) }) }
            guard case .submitted(let number, let isNew) = try await client.ask(.submit(job.spec, key: job.key)) else {
                throw UnexpectedReply()
            }
            id = number
            let words = isNew ? "accepted" : "known already"
            // Written at once, also into a file or a pipe: whoever waits for the end wants to know the number.
            let line = "\(id) \"\(job.spec.name)\": \(job.spec.taskCount) tasks, \(words)\n"
            FileHandle.standardOutput.write(Data(line.utf8))
            if written.terms.device == .gpu { await SubmitCommand.noteMissingGPU(asking: client) }
        } catch {
            await client.close()
            throw error
        }
        if wait {
            try await JobWatch(job: id, address: address).untilEnd(asking: client)
        } else {
            await client.close()
        }
    }
}

extension SubmitCommand {
    /// Says so where no worker computes on a graphics card: the job waits until one comes.
    private static func noteMissingGPU(asking client: CoordinatorClient) async {
        // The job is accepted; what is asked here is not worth an error.
        guard case .workers(let workers)? = try? await client.ask(.query(.workers)),
            !workers.contains(where: { $0.state != .away && $0.capabilities.device == .gpu })
        else { return }
        Notice.say("it waits: device is gpu, and no worker that is connected computes on a graphics card")
    }
}

/// Waits for the end of a job, also while its coordinator is away.
struct JobWatch {
    let job: JobID
    let address: CoordinatorAddress

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
                try await Task.sleep(for: Limits.jobWatchInterval)
            } catch is CoordinatorClient.NoAnswer {
                await client.close()
                Notice.say("\(address.endpoint) does not answer; waiting until it does")
                client = try await CoordinatorClient.reconnect(to: address)
                Notice.say("\(address.endpoint) answers again")
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
}
