import ArgumentParser
import FarmModel

/// Flags of `submit` that say what a job asks of the farm.
struct TermFlags: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("Larger runs first; 0 is ordinary.", valueName: "n"))
    var priority: Int32?

    @Option(help: ArgumentHelp("Who asks: submitters share the workers fairly.", valueName: "name"))
    var submitter: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The job fails, and its rest is cancelled, once so many tasks failed.", valueName: "n"))
    var failureLimit: UInt32?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Failures of a task that are tried again: of its node, of itself and of its outputs each; by default 5, 3 "
                + "and 1.", valueName: "n"))
    var retries: UInt32?

    @Option(parsing: .unconditional, help: ArgumentHelp("Memory of one task.", valueName: "gigabytes"))
    var memory: Double?

    @Option(help: ArgumentHelp("cpu or gpu; by default either.", valueName: "device"))
    var device: Device?

    @Option(help: ArgumentHelp("A word that workers must have; may be repeated.", valueName: "word"))
    var tag: [String] = []

    @Flag(help: "Each task waits for the one before it.")
    var chain = false

    @Option(parsing: .unconditional, help: ArgumentHelp("How often a checkpoint is stored.", valueName: "seconds"))
    var checkpoint: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("An attempt fails after so long without an iteration.", valueName: "seconds"))
    var stall: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("An attempt that ends well in less has bad outputs.", valueName: "seconds"))
    var minimum: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("An attempt fails when its engine has run for so long.", valueName: "seconds"))
    var maximum: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long a task takes: nodes that end before are spared.", valueName: "seconds"))
    var expected: Double?

    func validate() throws { _ = try terms }

    /// What the flags say; throws a validation error for numbers that make no sense.
    var terms: JobTerms {
        get throws {
            for (name, seconds) in [
                ("checkpoint", checkpoint), ("stall", stall), ("minimum", minimum), ("maximum", maximum),
                ("expected", expected),
            ] {
                guard let seconds else { continue }
                guard (0.001...JobTerms.longest).contains(seconds) else {
                    throw ValidationError(
                        "--\(name) is \(seconds); it lies in 0.001 ... \(Int(JobTerms.longest)) seconds")
                }
            }
            if let memory, !(0...JobTerms.largestMemory).contains(memory) {
                throw ValidationError(
                    "--memory is \(memory); it lies in 0 ... \(Int(JobTerms.largestMemory)) gigabytes")
            }
            if let retries, retries > JobTerms.mostRetries {
                throw ValidationError("--retries is \(retries); it lies in 0 ... \(JobTerms.mostRetries)")
            }
            return JobTerms(
                priority: priority, submitter: submitter, failureLimit: failureLimit, retries: retries, memory: memory,
                device: device,
                tags: tag.isEmpty ? nil : tag, chain: chain ? true : nil, checkpointSeconds: checkpoint,
                stallSeconds: stall, minimumSeconds: minimum, maximumSeconds: maximum, expectedSeconds: expected)
        }
    }
}
