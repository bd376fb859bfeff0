import FarmModel
import Foundation
import GRDB
import OrderedCollections

/// Reads what a manifest says of one job, task by task, from the tables.
struct ManifestReader {
    let db: Database
    let id: JobID
    let spec: JobSpec

    private let number: Int64
    private let isCancelled: Bool
    private let submittedAt: Int64
    private let cancelledAt: Int64?
    private let failure: String?

    /// Throws `StoreError` with reason `notFound` if there is no such job.
    init(_ db: Database, job id: JobID) throws {
        let number = Int64(clamping: id.number)
        let row = try Row.fetchOne(
            db, sql: "SELECT spec, cancelled, submitted_at, cancelled_at, failure FROM jobs WHERE id = ?",
            arguments: [number])
        guard let row else {
            throw StoreError(.notFound, what: "no such job", at: "\(id)", hint: "ask for a job that was submitted")
        }
        self.db = db
        self.id = id
        self.number = number
        spec = try StoredJobSpec.decode(row[0], at: "\(id)")
        isCancelled = row[1]
        submittedAt = row[2]
        cancelledAt = row[3]
        failure = row[4]
    }

    /// The job as a whole; without a state, how the tables say that it stands.
    func job(state given: Manifest.State?, files: [Manifest.File]) throws -> Manifest.Job {
        let (counts, lastEnd) = try count()
        let state = given ?? self.state(counts)
        let ended = [lastEnd, cancelledAt].compactMap { $0 }.max()
        return Manifest.Job(
            counts: counts, failure: failure, files: files,
            finishedAt: state == .running || state == .interrupted ? nil : ended.map(Self.time),
            id: id.number, name: spec.name, state: state,
            steps: spec.steps.map {
                Manifest.Step(
                    action: $0.action.rawValue, dependsOn: $0.dependsOn, name: $0.name, tasks: $0.space.count)
            }, submittedAt: Self.time(submittedAt))
    }

    /// How the job stands.
    private func state(_ counts: Manifest.Counts) -> Manifest.State {
        if counts.waiting + counts.running > 0 { return .running }
        if failure != nil { return .failed }
        if counts.succeeded == counts.total { return .complete }
        return counts.cancelled > 0 ? .cancelled : .failed
    }

    /// How many tasks stand how, and when the last one ended.
    ///
    /// A task that can never begin, because something it depends on failed, has no row of its own: it counts as failed,
    /// as its coordinator counts it.
    private func count() throws -> (counts: Manifest.Counts, lastEnd: Int64?) {
        var counts = Manifest.Counts(total: spec.taskCount)
        var (first, lastEnd): (Int, Int64?) = (0, nil)
        var fallen: Set<String> = []
        let rows = try db.cachedStatement(
            sql: """
                SELECT coalesce(sum(outcome = 1), 0), coalesce(sum(outcome = 2), 0),
                    coalesce(sum(leased_to IS NOT NULL), 0), coalesce(sum(attempt > 0 OR outcome = 2), 0), max(ended_at)
                FROM tasks WHERE job = ? AND idx >= ? AND idx < ?
                """)
        for step in spec.steps {
            let end = first + step.space.count
            guard let row = try Row.fetchOne(rows, arguments: [number, first, end]) else { continue }
            let (succeeded, failed, running, tried): (Int, Int, Int, Int) = (row[0], row[1], row[2], row[3])
            let isDoomed = step.dependsOn.contains(where: fallen.contains)
            if isDoomed || failed > 0 { fallen.insert(step.name) }
            let untried = step.space.count - tried
            let isLost = !isCancelled && (isDoomed || (step.isChain && failed > 0))
            counts.succeeded += succeeded
            counts.failed += failed + (isLost ? untried : 0)
            counts.running += running
            lastEnd = [lastEnd, row[4]].compactMap { $0 }.max()
            first = end
        }
        let rest = counts.total - counts.succeeded - counts.failed - counts.running
        if isCancelled { counts.cancelled = rest } else { counts.waiting = rest }
        return (counts, lastEnd)
    }

    /// Every task that has ended or is running, by index, up to a number of them; whether that was not given up.
    @discardableResult
    func forEachTask(
        upTo limit: Int = Limits.tasks, while mayGoOn: () -> Bool = { true }, _ body: (Manifest.Task) throws -> Void
    ) throws -> Bool {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT t.idx, coalesce(t.succeeded_attempt, t.attempt) AS number, t.outcome, t.failure_class,
                    t.failure_message, a.worker, a.started_at, coalesce(t.ended_at, a.ended_at), r.wall_ms
                FROM tasks t
                LEFT JOIN attempts a
                    ON a.job = t.job AND a.idx = t.idx AND a.attempt = coalesce(t.succeeded_attempt, t.attempt)
                LEFT JOIN results r ON r.job = t.job AND r.idx = t.idx
                WHERE t.job = ?1 AND (t.outcome <> 0 OR t.leased_to IS NOT NULL OR ?2) ORDER BY t.idx
                LIMIT ?3
                """, arguments: [number, isCancelled, limit])
        while let row = try rows.next() {
            guard mayGoOn() else { return false }
            try body(task(row))
        }
        return true
    }

    private func task(_ row: Row) throws -> Manifest.Task {
        let index: UInt32 = row[0]
        guard let task = spec.task(at: index), let (step, _) = spec.locate(index) else {
            throw StoreError.corruptDatabase("no task \(index) in the specification", at: "\(id)")
        }
        let outcome = Schema.TaskOutcome(rawValue: row[2])
        let state: Manifest.TaskState =
            switch outcome {
            case .succeeded: .succeeded
            case .failed: .failed
            default: isCancelled ? .cancelled : .running
            }
        let wall: Int64? = row[8]
        var described = Manifest.Task(
            attempt: row[1], facts: [:], files: [], finishedAt: (row[7] as Int64?).map(Self.time), index: index,
            label: task.label, metrics: [:], models: [:], nonFinite: [],
            settings: Dictionary(
                task.settings.map { ($0.key, Manifest.Value($0.value)) }, uniquingKeysWith: { first, _ in first }),
            startedAt: (row[6] as Int64?).map(Self.time), state: state, step: spec.steps[step].name,
            wallSeconds: wall.map { Double($0) / 1_000 }, worker: row[5])
        if case .string(let prompt)? = task.settings["prompt"] { described.prompt = prompt }
        if case .integer(let seed)? = task.settings["seed"] { described.seed = seed }
        if outcome == .failed { described.failure = Manifest.Failure(failureClass: row[3], message: row[4]) }
        if outcome == .succeeded { try addResult(of: Int64(index), to: &described) }
        return described
    }

    private func addResult(of index: Int64, to task: inout Manifest.Task) throws {
        for file in try StoredResult.files(db, job: number, index: index) {
            task.files.append(
                Manifest.File(
                    kind: Manifest.FileKind(file.artifact.kind), path: file.path, sha256: "\(file.artifact.digest)",
                    size: file.artifact.byteCount))
        }
        let metrics = try db.cachedStatement(sql: "SELECT name, value FROM metrics WHERE job = ? AND idx = ?")
        for row in try Row.fetchAll(metrics, arguments: [number, index]) {
            let name: String = row[0]
            let value: Double? = row[1]
            let finite = value.flatMap { $0.isFinite ? $0 : nil }
            task.metrics.updateValue(finite, forKey: name)
            if finite == nil { task.nonFinite.append(name) }
        }
        task.nonFinite.sort()
        let facts = try db.cachedStatement(sql: "SELECT name, value FROM facts WHERE job = ? AND idx = ?")
        for row in try Row.fetchAll(facts, arguments: [number, index]) {
            let name: String = row[0]
            switch name {
            case ResultKey.engine: task.engine = row[1]
            case ResultKey.backend: task.backend = row[1]
            case _ where name.hasSuffix(ResultKey.digestSuffix): task.models[name] = row[1]
            default: task.facts[name] = row[1]
            }
        }
    }

    private static func time(_ milliseconds: Int64) -> String { WallTime(milliseconds: milliseconds).iso8601 }
}

extension Manifest.FileKind {
    /// What a task's file is.
    init(_ kind: Artifact.Kind) {
        switch kind {
        case .frame: self = .frame
        case .losses: self = .losses
        case .file: self = .file
        }
    }
}
