import FarmModel

extension WireJob {
    init(_ job: JobSpec) {
        self.init()
        name = job.name
        steps = job.steps.map { WireStep($0) }
        priority = job.priority
    }

    /// The specification, valid: names, dependencies and the number of tasks are checked too, because a machine that
    /// multiplies the axes must not meet an absurd product.
    func model() throws -> JobSpec {
        try Checked.present(hasPriority, "job.priority")
        try Checked.count(steps.count, atMost: Limits.steps, "job.steps")
        let job = JobSpec(name: name, steps: try steps.map { try $0.model() }, priority: priority)
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
    }

    func model() throws -> StepSpec {
        try Checked.present(hasSpace, "step.space")
        try Checked.count(dependsOn.count, atMost: Limits.steps, "step.depends_on")
        return StepSpec(
            name: try Checked.name(name, "step.name"), action: try .init(action, "step.action"),
            dependsOn: try dependsOn.map { try Checked.name($0, "step.depends_on") }, space: try space.model())
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

extension WireJobStatus {
    init(_ status: JobStatus) {
        self.init()
        job = status.job.number
        name = status.name
        total = status.total
        waiting = status.waiting
        running = status.running
        succeeded = status.succeeded
        failed = status.failed
        cancelled = status.cancelled
    }

    func model() throws -> JobStatus {
        let areThere = [hasTotal, hasWaiting, hasRunning, hasSucceeded, hasFailed, hasCancelled]
        try Checked.present(!areThere.contains(false), "a count of a job's status")
        return JobStatus(
            job: JobID(try Checked.number(job, in: 1...UInt64.max, "status.job")),
            name: try Checked.fileName(name, "status.name"), total: total, waiting: waiting, running: running,
            succeeded: succeeded, failed: failed, cancelled: cancelled)
    }
}
