/// Why a specification was refused, in one line.
public struct InvalidJob: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong and what to do.
    public let description: String

    /// Makes an error.
    public init(_ description: String) { self.description = description }
}

extension JobSpec {
    /// Checks names, dependencies and limits before anything is accepted.
    public func validate() throws(InvalidJob) {
        guard JobSpec.isFileName(name), name.utf8.count <= Limits.nameBytes else {
            throw InvalidJob(
                "job name \"\(name)\": use 1 to \(Limits.nameBytes) letters, digits, '.', '_' or '-', no leading dot")
        }
        guard (1...Limits.steps).contains(steps.count) else {
            throw InvalidJob("job \(name) has \(steps.count) steps; it needs 1 to \(Limits.steps)")
        }
        guard JobSpec.isLabel(submitter) else {
            throw InvalidJob(
                "job \(name): its submitter is longer than \(Limits.nameBytes) octets or has a control character")
        }
        guard failureLimit != 0 else {
            throw InvalidJob("job \(name) allows no failed task at all: its failure limit starts at 1")
        }
        for failureClass in Failure.Class.allCases {
            guard let budget = retries?[failureClass], budget > Limits.retries else { continue }
            throw InvalidJob("job \(name) allows \(budget) retries; use up to \(Limits.retries), or no bound")
        }
        var earlier: Set<String> = []
        var total = 0
        for step in steps {
            guard !earlier.contains(step.name) else { throw InvalidJob("two steps are named \"\(step.name)\"") }
            for dependency in step.dependsOn where !earlier.contains(dependency) {
                throw InvalidJob("step \"\(step.name)\" depends on \"\(dependency)\", which is no earlier step")
            }
            earlier.insert(step.name)
            guard step.space.count > 0 else {
                throw InvalidJob("step \"\(step.name)\" has no task: an axis without values")
            }
            guard step.space.count <= Limits.tasks, total + step.space.count <= Limits.tasks else {
                throw InvalidJob("job \(name) has more than \(Limits.tasks) tasks; split it")
            }
            total += step.space.count
            try step.validateSettings()
            try step.validateTerms()
        }
    }

    /// Whether text fits into one line of a table.
    static func isLabel(_ text: String) -> Bool {
        text.utf8.count <= Limits.nameBytes
            && !text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    }

    /// Whether text can be a word that workers have and steps ask for.
    public static func isTag(_ text: String) -> Bool { isFileName(text) && text.utf8.count <= Limits.nameBytes }

    /// Whether text can be the name of one file or folder everywhere.
    public static func isFileName(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix(".")
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || [45, 46, 95].contains($0)
            }
    }
}
