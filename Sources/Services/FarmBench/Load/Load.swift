import FarmKeys
import FarmModel
import FarmTransport
import OrderedCollections

/// Everything that a benchmark does to its coordinator, part after part.
final class Load {
    let coordinator: CoordinatorChild
    private let context: ZMQContext
    private let stations: Stations
    private let client: BenchClient
    private let probe: Probe
    private let keys: [CurveKeyPair]
    private let slots: Int
    private let tally = WorkTally()
    private var workers: [LightWorker] = []
    private var jobs: UInt64 = 0

    init(
        _ coordinator: CoordinatorChild, keys: [CurveKeyPair], probe: CurveKeyPair, _ setting: FarmBenchSetting,
        in context: ZMQContext
    ) throws {
        self.coordinator = coordinator
        self.context = context
        self.keys = keys
        slots = setting.slots
        stations = try Stations()
        client = try BenchClient(at: coordinator.access, in: context)
        self.probe = try Probe("probe", probe, at: coordinator.access, in: context)
        try stations.add(client)
        try stations.add(self.probe)
        try stations.run(seconds: BenchLimits.patienceSeconds) { !client.answers.isEmpty }
        guard case .opened = client.take() else { throw FarmBenchError("the coordinator does not answer a client") }
    }

    /// Adds workers until there are so many; seconds until all were at work.
    func join(upTo count: Int) throws -> Double {
        let start = Stopwatch.microseconds
        while workers.count < count {
            let number = workers.count
            let worker = try LightWorker(
                "bench-\(number)", keys[number], slots: slots, at: coordinator.access, in: context, tally: tally)
            workers.append(worker)
            try stations.add(worker)
        }
        try run("workers join") {
            tally.joined
        } until: {
            tally.joined >= count
        }
        return Stopwatch.seconds(since: start)
    }

    /// The coordinator's answers to pings while nothing else is asked of it.
    func answers(overSeconds seconds: Double) throws -> Latencies? {
        _ = probe.take()
        try stations.run(seconds: seconds) { false }
        return probe.take()
    }

    /// From the SUBMIT of a job of one task to the moment its worker begins, all workers being idle.
    func idleToRunning(rounds: Int) throws -> Latencies? {
        tally.notesBeginnings = true
        defer { tally.notesBeginnings = false }
        var times: [Int64] = []
        for _ in 0..<rounds {
            let (recorded, start) = (tally.recorded, Stopwatch.microseconds)
            tally.began = [:]
            try client.send(try oneTask())
            try run("a task begins") {
                tally.recorded
            } until: {
                tally.recorded > recorded && !client.answers.isEmpty
            }
            guard let began = tally.began.values.first, client.take() != nil else { continue }
            times.append(began - start)
            // The worker is idle again when its READY was heard.
            try stations.run(seconds: 0.005) { false }
        }
        return Latencies(microseconds: times)
    }

    /// Jobs of one task that are submitted in a second, several being under way.
    func jobsPerSecond(_ count: Int) throws -> Double {
        let (recorded, start) = (tally.recorded, Stopwatch.microseconds)
        var (sent, answered) = (0, 0)
        while answered < count {
            while sent < count, sent - answered < BenchLimits.jobsUnderWay {
                try client.send(try oneTask())
                sent += 1
            }
            try run("jobs are taken") {
                client.answers.count
            } until: {
                !client.answers.isEmpty
            }
            while client.take() != nil { answered += 1 }
        }
        let seconds = Stopwatch.seconds(since: start)
        try run("jobs end") {
            tally.recorded
        } until: {
            tally.recorded >= recorded + count
        }
        return Double(count) / seconds
    }

    /// One job of many tasks, from its submission to the last record.
    func work(_ steps: [StepSpec], control: inout Latencies?) throws -> WorkFigures {
        let job = try submission(steps)
        let tasks = steps.reduce(0) { $0 + $1.space.count }
        let (before, own) = (try coordinator.usage().cpuSeconds, ProcessUsage.own)
        let (recorded, start) = (tally.recorded, Stopwatch.microseconds)
        _ = probe.take()
        try client.send(job)
        try run("a job is taken") {
            client.answers.count
        } until: {
            !client.answers.isEmpty
        }
        let submitSeconds = Stopwatch.seconds(since: start)
        guard client.take() != nil else { throw FarmBenchError("the coordinator did not take a job") }
        try run("tasks end") {
            tally.recorded
        } until: {
            tally.recorded >= recorded + tasks
        }
        let seconds = Stopwatch.seconds(since: start)
        control = probe.take()
        return WorkFigures(
            tasks: tasks, submitSeconds: submitSeconds, seconds: seconds,
            coordinatorCPUSeconds: try coordinator.usage().cpuSeconds - before,
            benchCPUSeconds: ProcessUsage.own - own)
    }

    /// What workers cost that only say that they live.
    func idle(_ count: Int, seconds: Double) throws -> IdleFigures {
        _ = try join(upTo: count)
        probe.isResting = true
        defer { probe.isResting = false }
        // Whatever the joining left to do is done.
        try stations.run(seconds: min(2, seconds)) { false }
        let (before, start) = (try coordinator.usage().cpuSeconds, Stopwatch.microseconds)
        try stations.run(seconds: seconds) { false }
        let (after, taken) = (try coordinator.usage(), Stopwatch.seconds(since: start))
        return IdleFigures(
            workers: count, seconds: taken, coreFraction: (after.cpuSeconds - before) / taken,
            residentBytes: after.residentBytes)
    }

    // MARK: - Blobs

    /// One large blob in both directions, bare sockets, and the answers to pings while blobs saturate everything.
    func blobs(_ setting: FarmBenchSetting, control: inout Latencies?) throws -> BlobFigures {
        // Encryption has a thread of its own, as it has in a real worker.
        let blobContext = try ZMQContext()
        defer { blobContext.terminate() }
        let rounds = BlobRounds(of: setting.blobBytes, count: BenchLimits.blobRounds)
        _ = try seconds(of: background(0, blobContext) { try rounds.run(on: $0, while: $1) }, moving: rounds.moved)
        let content = BlobContent(BlobContent.pattern(), size: setting.blobBytes, stamp: 0)
        let digest = content.digest
        let disk = BareDisk(coordinator.scratchFile, content)
        _ = try seconds(of: Background { _ in try disk.write() }, moving: content.size)
        _ = probe.take()
        try saturate(setting, digest, blobContext)
        control = probe.take()
        return try rounds.figures(disk: disk.rate())
    }

    private func saturate(_ setting: FarmBenchSetting, _ digest: Digest, _ context: ZMQContext) throws {
        let pattern = BlobContent.pattern()
        let size = min(BenchLimits.stormBytes, setting.blobBytes)
        var streams: [Background] = []
        for number in 0..<BenchLimits.stormStreams {
            streams.append(
                background(number, context) { line, mayGoOn in
                    var stamp = UInt64(number + 1) << 32
                    while mayGoOn() {
                        stamp += 1
                        let fresh = BlobContent(pattern, size: size, stamp: stamp)
                        try line.put(fresh, fresh.digest, while: mayGoOn)
                    }
                })
            streams.append(
                background(number, context) { line, mayGoOn in
                    while mayGoOn() { try line.get(digest, while: mayGoOn) }
                })
        }
        try stations.run(seconds: setting.saturationSeconds) { false }
        for stream in streams { stream.stop() }
        for stream in streams { _ = try seconds(of: stream, moving: size) }
    }

    private func background(
        _ number: Int, _ context: ZMQContext,
        _ work: @escaping @Sendable (BlobLine, () -> Bool) throws -> Void
    ) -> Background {
        let worker = workers[number % workers.count]
        let (keys, session, endpoint) = (worker.keys, worker.session, coordinator.blobs)
        let server = coordinator.access.server
        return Background { mayGoOn in
            try work(BlobLine(to: endpoint, as: keys, session: session, server: server, in: context), mayGoOn)
        }
    }

    /// How long work on so many octets took; throws if it fails, or is slower than anybody would wait for.
    private func seconds(of task: Background, moving bytes: Int64) throws -> Double {
        defer { task.stop() }
        let patience = BenchLimits.patienceSeconds + Double(bytes) / BenchLimits.slowestBytesPerSecond
        try stations.run(seconds: patience) { task.isOver }
        return try task.seconds()
    }

    // MARK: - Jobs

    private func oneTask() throws -> ClientMessage {
        let space = ParameterSpace(base: ["milliseconds": .integer(0)], axes: [])
        return try submission([StepSpec(name: "wait", action: .noop, space: space)])
    }

    private func submission(_ steps: [StepSpec]) throws -> ClientMessage {
        jobs += 1
        guard let key = Digest((0..<32).map { UInt8(truncatingIfNeeded: $0 < 8 ? jobs >> (8 * UInt64($0)) : 1) })
        else { preconditionFailure("a digest has 32 octets") }
        return .submit(JobSpec(name: "bench-\(jobs)", steps: steps), key: key)
    }

    /// Runs until something holds; throws if nothing moves for too long.
    private func run(_ what: String, progress: () -> Int, until isDone: () -> Bool) throws {
        guard try stations.run(seconds: BenchLimits.patienceSeconds, progress: progress, until: isDone) else {
            throw FarmBenchError("nothing moved for \(Int(BenchLimits.patienceSeconds)) s while \(what)")
        }
    }
}
