import ArgumentParser

/// Looks at this machine and says what is missing and how to mend it.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check that this machine has what a render or a worker needs.",
        discussion: """
            Looks at the processor, OpenBLAS, memory, disk, ZeroMQ, the starter model and limits, and names the \
            command that mends what is missing. Exits with 0 if nothing is missing, else with 1.
            """)

    @Option(name: .shortAndLong, help: "The folder that will receive pictures.")
    var output = "./atelier-output"

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() throws {
        let report = DoctorReport(DoctorProbes.facts(outputPath: output))
        print(json ? try report.json() : report.text)
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
}
