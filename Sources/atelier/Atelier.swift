import ArgumentParser
import FarmModel
import Foundation

/// The command: parses, composes services, prints.
@main
struct Atelier: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atelier",
        abstract: "A render farm for CLIP-guided VQGAN.",
        discussion: """
            VQGAN paints a picture from a latent, CLIP judges how well it matches the prompt, and the loop optimises \
            the latent. Start with:

              atelier render "a red circle on a blue background"

            Exit codes: 0 done; 1 something failed (a task, a check); 2 bad input, nothing was started; \
            130 interrupted, run the same command again to go on.
            """,
        version: Version.current,
        subcommands: [RenderCommand.self, RunCommand.self, EngineCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Farm",
                subcommands: [
                    CoordinatorCommand.self, WorkerCommand.self, SubmitCommand.self, JoinCommand.self, KeysCommand.self,
                    CheckCommand.self,
                ]),
            CommandGroup(
                name: "Steering",
                subcommands: [
                    JobsCommand.self, JobShowCommand.self, TasksCommand.self, WorkersCommand.self, ExplainCommand.self,
                    PauseCommand.self, ResumeCommand.self, CancelCommand.self, RetryCommand.self, PriorityCommand.self,
                    DrainCommand.self, UndrainCommand.self, ForgiveCommand.self,
                ]),
            CommandGroup(
                name: "Other",
                subcommands: [
                    ModelsCommand.self, SettingsCommand.self, DoctorCommand.self, ParityCommand.self, BenchCommand.self,
                    SimulateCommand.self,
                ]),
        ])

    /// Runs a command and ends the process with the exit code of the outcome.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as UserError {
            Notice.complain(error.message)
            Foundation.exit(2)
        } catch let error as FarmFailure {
            Notice.complain(error.message)
            Foundation.exit(1)
        } catch {
            // Bad usage is bad input: 2, and not the 64 of sysexits.
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Notice.complain(message(for: error))
            Foundation.exit(2)
        }
    }
}

/// Input that cannot be used: one line that says what, where and what to do.
///
/// It ends the command with exit code 2.
struct UserError: Error, CustomStringConvertible {
    let message: String

    init(_ message: String) { self.message = message }

    var description: String { message }
}

/// Something that a farm did not do, after it was asked: one line that says what, where and what to do.
///
/// It ends the command with exit code 1.
struct FarmFailure: Error, CustomStringConvertible {
    let message: String

    init(_ message: String) { self.message = message }

    var description: String { message }
}
