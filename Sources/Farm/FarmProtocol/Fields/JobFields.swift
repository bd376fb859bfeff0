import FarmModel

extension WireJob {
    init(_ job: JobSpec) {
        self.init()
        name = job.name
        steps = job.steps.map { WireStep($0) }
        priority = job.priority
        submitter = job.submitter
        if let budget = job.retries { retries = WireRetryBudget(budget) }
        if let limit = job.failureLimit { failureLimit = limit }
    }

    /// The specification, valid: names, dependencies and the number of tasks are checked too, because a machine that
    /// multiplies the axes must not meet an absurd product.
    func model() throws -> JobSpec {
        try Checked.present(hasPriority, "job.priority")
        try Checked.count(steps.count, atMost: Limits.steps, "job.steps")
        let job = JobSpec(
            name: try Checked.fileName(name, "job.name"), steps: try steps.map { try $0.model() }, priority: priority,
            submitter: try Checked.label(submitter, atMost: Limits.nameBytes, "job.submitter"),
            retries: hasRetries ? retries.model() : nil, failureLimit: hasFailureLimit ? failureLimit : nil)
        do {
            try job.validate()
        } catch {
            throw Malformed(Prose.trimmed(error.description))
        }
        return job
    }
}

extension WireStep {
    init(_ step: StepSpec) {
        self.init()
        name = step.name
        action = step.action.wire
        dependsOn = step.dependsOn
        space = WireParameterSpace(step.space)
        chain = step.isChain
        if step.requirements != .none { requirements = WireRequirements(step.requirements) }
        affinity = step.affinity
        if let time = step.stallMilliseconds { stallMs = UInt64(bitPattern: time) }
        if let time = step.minimumMilliseconds { minimumMs = UInt64(bitPattern: time) }
        if let time = step.maximumMilliseconds { maximumMs = UInt64(bitPattern: time) }
        if let time = step.checkpointMilliseconds { checkpointMs = UInt64(bitPattern: time) }
    }

    func model() throws -> StepSpec {
        try Checked.present(hasSpace, "step.space")
        try Checked.count(dependsOn.count, atMost: Limits.steps, "step.depends_on")
        return StepSpec(
            name: try Checked.name(name, "step.name"), action: try .init(action, "step.action"),
            dependsOn: try dependsOn.map { try Checked.name($0, "step.depends_on") }, space: try space.model(),
            isChain: chain, requirements: hasRequirements ? try requirements.model() : .none,
            affinity: try Checked.label(affinity, atMost: Limits.nameBytes, "step.affinity"),
            stallMilliseconds: try Checked.time(hasStallMs ? stallMs : nil, "step.stall_ms"),
            minimumMilliseconds: try Checked.time(hasMinimumMs ? minimumMs : nil, "step.minimum_ms"),
            maximumMilliseconds: try Checked.time(hasMaximumMs ? maximumMs : nil, "step.maximum_ms"),
            checkpointMilliseconds: try Checked.time(hasCheckpointMs ? checkpointMs : nil, "step.checkpoint_ms"))
    }
}

extension WireParameterSpace {
    init(_ space: ParameterSpace) {
        self.init()
        base = [WireSetting](space.base)
        axes = space.axes.map { axis in
            var wire = WireAxis()
            wire.name = axis.name
            wire.values = axis.values.map { settings in
                var value = WireAxisValue()
                value.settings = [WireSetting](settings)
                return value
            }
            return wire
        }
    }

    func model() throws -> ParameterSpace {
        try Checked.count(axes.count, atMost: WireLimits.axes, "space.axes")
        return ParameterSpace(
            base: try base.model("space.base"),
            axes: try axes.map { axis in
                try Checked.count(axis.values.count, atMost: Limits.tasks, "axis.values")
                return ParameterSpace.Axis(
                    name: try Checked.name(axis.name, "axis.name"),
                    values: try axis.values.map { try $0.settings.model("axis.settings") })
            })
    }
}

extension WireRetryBudget {
    init(_ budget: RetryBudget) {
        self.init()
        if let count = budget.infrastructure { infrastructure = count }
        if let count = budget.busy { busy = count }
        if let count = budget.task { task = count }
        if let count = budget.badOutput { badOutput = count }
        if let count = budget.configuration { configuration = count }
    }

    func model() -> RetryBudget {
        RetryBudget(
            infrastructure: hasInfrastructure ? infrastructure : nil, busy: hasBusy ? busy : nil,
            task: hasTask ? task : nil, badOutput: hasBadOutput ? badOutput : nil,
            configuration: hasConfiguration ? configuration : nil)
    }
}
