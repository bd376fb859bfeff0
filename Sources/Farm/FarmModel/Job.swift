public import OrderedCollections

/// What a client submits: named steps, each with a space of parameters.
public struct JobSpec: Hashable, Sendable {
    /// Name of the output folder: 1 to 100 characters of `[A-Za-z0-9._-]`, not starting with a dot.
    public var name: String
    /// Steps in order; a step depends on earlier ones only.
    public var steps: [StepSpec]
    /// Larger runs first; 0 is ordinary.
    ///
    /// A command may change it later.
    public var priority: Int32
    /// Who asks, for the fair share: a name of up to 100 octets, or empty.
    public var submitter: String
    /// How often a task is tried again; nil takes the farm's budget.
    public var retries: RetryBudget?
    /// The job fails, and its rest is cancelled, once so many tasks have failed; nil lets all others end.
    public var failureLimit: UInt32?

    /// Makes a specification; `validate()` says what is wrong with it.
    public init(
        name: String, steps: [StepSpec], priority: Int32 = 0, submitter: String = "", retries: RetryBudget? = nil,
        failureLimit: UInt32? = nil
    ) {
        self.name = name
        self.steps = steps
        self.priority = priority
        self.submitter = submitter
        self.retries = retries
        self.failureLimit = failureLimit
    }

    /// Number of tasks of all steps.
    public var taskCount: Int { steps.reduce(0) { $0 + $1.space.count } }

    /// The step and the index within it of a task.
    public func locate(_ index: UInt32) -> (step: Int, offset: Int)? {
        var rest = Int(index)
        for (number, step) in steps.enumerated() {
            if rest < step.space.count { return (number, rest) }
            rest -= step.space.count
        }
        return nil
    }
}

/// What a worker does with a task.
public enum Action: String, Hashable, Sendable, CaseIterable {
    /// Renders a picture from the settings.
    case render
    /// Waits `milliseconds` and writes a small file: for tests and for measuring the farm itself.
    case noop
}

/// The points of a sweep: settings common to all, and axes whose product is taken.
///
/// A space of a million points costs no more than its axes: points are made when asked for.
public struct ParameterSpace: Hashable, Sendable {
    /// Settings of every point.
    public var base: Settings
    /// Axes, the last varying fastest.
    public var axes: [Axis]

    /// One axis of a sweep.
    public struct Axis: Hashable, Sendable {
        /// For captions and errors.
        public var name: String
        /// What each value sets; later axes win over earlier ones and over the base.
        public var values: [Settings]

        /// Makes an axis.
        public init(name: String, values: [Settings]) {
            self.name = name
            self.values = values
        }
    }

    /// Makes a space.
    public init(base: Settings = [:], axes: [Axis] = []) {
        self.base = base
        self.axes = axes
    }

    /// Number of points: the product of the axes, 1 without any; saturates instead of overflowing.
    public var count: Int {
        axes.reduce(1) { product, axis in
            let (value, overflow) = product.multipliedReportingOverflow(by: axis.values.count)
            return overflow ? .max : value
        }
    }

    /// The settings of one point.
    public func settings(at index: Int) -> Settings {
        precondition(index >= 0 && index < count, "point \(index) of \(count)")
        var rest = index
        var chosen: [Settings] = []
        for axis in axes.reversed() {
            chosen.append(axis.values[rest % axis.values.count])
            rest /= axis.values.count
        }
        return chosen.reversed().reduce(into: base) { $0.merge($1) { _, new in new } }
    }
}

/// Everything a worker needs to know of one task.
public struct TaskSpec: Hashable, Sendable {
    /// What to do.
    public var action: Action
    /// File-name stem of the outputs, unique in the job.
    public var label: String
    /// All settings.
    public var settings: Settings
    /// How often a checkpoint is wanted, milliseconds; nil leaves it to the worker.
    public var checkpointMilliseconds: Int64?
    /// How long it may go without an iteration, milliseconds; nil leaves it to the worker.
    public var stallMilliseconds: Int64?
    /// In a chain, the files of the task before; empty for its first.
    public var inputs: [Artifact]

    /// Makes a specification.
    public init(
        action: Action, label: String, settings: Settings, checkpointMilliseconds: Int64? = nil,
        stallMilliseconds: Int64? = nil, inputs: [Artifact] = []
    ) {
        self.action = action
        self.label = label
        self.settings = settings
        self.checkpointMilliseconds = checkpointMilliseconds
        self.stallMilliseconds = stallMilliseconds
        self.inputs = inputs
    }
}

extension JobSpec {
    /// The specification of one task; its label is its number, the prompt's first words and the seed.
    public func task(at index: UInt32) -> TaskSpec? {
        guard let (stepNumber, offset) = locate(index) else { return nil }
        let step = steps[stepNumber]
        let settings = step.space.settings(at: offset)
        var parts = [String(repeating: "0", count: max(0, 4 - String(index + 1).count)) + String(index + 1)]
        if case .string(let prompt)? = settings["prompt"] { parts.append(JobSpec.slug(prompt, limit: 40)) }
        if case .integer(let seed)? = settings["seed"] { parts.append("s\(seed)") }
        return TaskSpec(
            action: step.action, label: parts.filter { !$0.isEmpty }.joined(separator: "-"), settings: settings,
            checkpointMilliseconds: step.checkpointMilliseconds, stallMilliseconds: step.stallMilliseconds)
    }

    /// Text made fit for a file name: letters and digits of ASCII, the rest joined by single dashes.
    public static func slug(_ text: String, limit: Int) -> String {
        var result = ""
        for byte in text.lowercased().utf8 {
            let kept = (48...57).contains(byte) || (97...122).contains(byte)
            if kept {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else if !result.isEmpty, !result.hasSuffix("-") {
                result += "-"
            }
            if result.utf8.count >= limit { break }
        }
        return result.hasSuffix("-") ? String(result.dropLast()) : result
    }
}
