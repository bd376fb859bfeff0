public import FarmModel
internal import OrderedCollections

// Jobs: what clients ask for.
extension Coordinator {
    /// How jobs stand, in the order of submission; nil asks for all, an unknown job gives none.
    public func status(of job: JobID?) -> [JobStatus] {
        guard let job else { return jobs.values.map(\.status) }
        return jobs[job].map { [$0.status] } ?? []
    }

    /// A client says something.
    mutating func clientSaid(_ message: ClientMessage, route: Route, _ turn: inout Turn) {
        switch message {
        case .open:
            let opened = Opened(
                epoch: epoch, blobEndpoint: configuration.blobEndpoint,
                features: Feature.ofClients.map(\.rawValue).sorted())
            turn.reply(.opened(opened), to: route)
        case .submit(let spec, let key):
            turn.reply(submit(spec, key: key, &turn), to: route)
        case .command(let command, let id):
            turn.reply(execute(command, on: id, &turn), to: route)
        case .workerCommand(let command, let worker):
            turn.reply(execute(command, on: worker, &turn), to: route)
        case .query(let query): turn.reply(answer(query, at: turn.now), to: route)
        }
    }

    /// Accepts a job once per key.
    private mutating func submit(_ spec: JobSpec, key: Digest, _ turn: inout Turn) -> ClientReply {
        if let known = jobByKey[key] { return .submitted(known, isNew: false) }
        do throws(InvalidJob) { try spec.validate() } catch { return .refused(error.description) }
        if let other = jobByName[spec.name] {
            return .refused("the name \"\(spec.name)\" is taken by \(other); choose another name")
        }
        guard jobs.count < CoordinatorLimits.jobs else {
            return .refused("this farm holds \(jobs.count) jobs; start one with a new folder")
        }
        if let refusal = refusalForQuota(of: spec) { return .refused(refusal) }
        let id = JobID((jobs.keys.last?.number ?? 0) + 1)
        jobs[id] = Job(id: id, spec: spec)
        jobByKey[key] = id
        jobByName[spec.name] = id
        turn.record(.jobSubmitted(id, spec, key: key, at: turn.wall))
        turn.notify(.jobAccepted(id))
        enqueue(id)
        return .submitted(id, isNew: true)
    }

    /// Why a job has too many tasks for its submitter; nil if it has not.
    private func refusalForQuota(of spec: JobSpec) -> String? {
        guard let most = configuration.openTasksPerSubmitter else { return nil }
        let open = jobs.values.lazy.filter { $0.spec.submitter == spec.submitter }.map(\.status)
            .reduce(0) { $0 + Int($1.waiting) + Int($1.running) }
        guard open + spec.taskCount > most else { return nil }
        return "\(spec.submitter.isEmpty ? "this submitter" : spec.submitter) has \(open) open tasks, and this job has "
            + "\(spec.taskCount); the farm takes \(most) of one submitter: let some end, or cancel a job"
    }

    /// Announces the end of a job, once.
    mutating func endIfDone(_ id: JobID, _ turn: inout Turn) {
        guard let job = jobs[id], job.isEnded, !job.isEndAnnounced else { return }
        jobs[id]?.isEndAnnounced = true
        blockList.forget(id)
        turn.add(.jobEnded(job.status))
        turn.notify(.jobEnded(job.status))
    }
}
