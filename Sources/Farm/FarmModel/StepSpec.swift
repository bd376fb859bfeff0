internal import OrderedCollections

/// A part of a job: one action over a space of parameters.
public struct StepSpec: Hashable, Sendable {
    /// Unique in its job.
    public var name: String
    /// What a worker does with each task.
    public var action: Action
    /// Names of earlier steps whose tasks must all have succeeded.
    public var dependsOn: [String]
    /// One task per point.
    public var space: ParameterSpace
    /// Whether each task waits for the one before it in this step, and prefers the worker that ran it.
    public var isChain: Bool
    /// What a worker must have.
    public var requirements: Requirements
    /// Names what a worker has to load before it can begin, such as the models; empty has no preference.
    ///
    /// Tasks of equal keys prefer a worker that ran one already. Opaque to the farm; up to 100 octets.
    public var affinity: String
    /// An attempt fails after so many milliseconds without an iteration; nil waits for ever.
    public var stallMilliseconds: Int64?
    /// An attempt that ends well in less than so many milliseconds has bad outputs; nil believes everything.
    public var minimumMilliseconds: Int64?
    /// An attempt fails when its engine has run for so many milliseconds; nil lets it run.
    public var maximumMilliseconds: Int64?
    /// How often a checkpoint is wanted, milliseconds; nil leaves it to the worker.
    public var checkpointMilliseconds: Int64?

    /// Makes a step.
    public init(
        name: String, action: Action, dependsOn: [String] = [], space: ParameterSpace, isChain: Bool = false,
        requirements: Requirements = .none, affinity: String = "", stallMilliseconds: Int64? = nil,
        minimumMilliseconds: Int64? = nil, maximumMilliseconds: Int64? = nil, checkpointMilliseconds: Int64? = nil
    ) {
        self.name = name
        self.action = action
        self.dependsOn = dependsOn
        self.space = space
        self.isChain = isChain
        self.requirements = requirements
        self.affinity = affinity
        self.stallMilliseconds = stallMilliseconds
        self.minimumMilliseconds = minimumMilliseconds
        self.maximumMilliseconds = maximumMilliseconds
        self.checkpointMilliseconds = checkpointMilliseconds
    }
}

extension StepSpec {
    /// Checks what is said of the workers and the times.
    func validateTerms() throws(InvalidJob) {
        guard JobSpec.isLabel(affinity) else {
            throw InvalidJob(
                "step \"\(name)\": its affinity is longer than \(Limits.nameBytes) octets or has a control character")
        }
        guard requirements.memoryBytes >= 0 else {
            throw InvalidJob("step \"\(name)\" asks for \(requirements.memoryBytes) octets of memory")
        }
        guard requirements.tags.count <= Limits.tags, requirements.tags.allSatisfy(JobSpec.isTag) else {
            throw InvalidJob(
                "step \"\(name)\": use up to \(Limits.tags) tags of letters, digits, '.', '_' or '-'")
        }
        let times = [
            ("expected", requirements.expectedMilliseconds), ("stall", stallMilliseconds),
            ("minimum", minimumMilliseconds), ("maximum", maximumMilliseconds),
            ("checkpoint", checkpointMilliseconds),
        ]
        for case (let time, let value?) in times where !(1...Limits.milliseconds).contains(value) {
            throw InvalidJob("step \"\(name)\": the \(time) time is \(value) ms, not 1 to \(Limits.milliseconds)")
        }
    }

    /// Checks that every task's settings fit one offer.
    ///
    /// Each axis counts with its longest value, so that a space of a million points costs no more than its axes.
    func validateSettings() throws(InvalidJob) {
        var (count, octets) = (space.base.count, space.base.octets)
        for axis in space.axes {
            count += axis.values.lazy.map(\.count).max() ?? 0
            octets += axis.values.lazy.map(\.octets).max() ?? 0
        }
        guard count <= Limits.settings else {
            throw InvalidJob("step \"\(name)\": a task has up to \(count) settings; use up to \(Limits.settings)")
        }
        guard octets <= Limits.settingBytes else {
            throw InvalidJob(
                "step \"\(name)\": the settings of a task have up to \(octets) octets; use up to \(Limits.settingBytes)"
            )
        }
    }
}

extension Settings {
    /// Octets these take in a frame, rounded up.
    fileprivate var octets: Int { reduce(0) { $0 + $1.key.utf8.count + $1.value.octets + 16 } }
}

extension SettingValue {
    fileprivate var octets: Int {
        switch self {
        case .string(let text): text.utf8.count + 8
        case .integer, .number, .boolean: 16
        case .list(let values): values.reduce(8) { $0 + $1.octets }
        }
    }
}
