public import FarmModel

/// Why a task is where it is: every state with every reason for it, and the numbers that belong to it.
///
/// Times are milliseconds.
public enum Explanation: Hashable, Sendable {
    // MARK: Blocked
    /// A step that it depends on has tasks that have not succeeded.
    case stepUnfinished(step: String, open: UInt32)
    /// The task before it in its chain has not succeeded.
    case predecessorUnfinished(task: UInt32, state: TaskStatus.State)

    // MARK: Ready
    /// Its job is paused.
    case jobPaused
    /// No worker is connected.
    case noWorker
    /// Workers are connected, but have not said yet what they hold.
    case workersJoining(count: Int)
    /// No connected worker has what its step asks for; what the first of them lacks.
    case noCapableWorker(count: Int, lack: Requirements.Lack)
    /// Every worker that could take it is leaving or drained.
    case workersDraining(count: Int)
    /// Every worker that could take it is blocked from the job.
    case workersBlocked(count: Int)
    /// The nodes of all workers that could take it end too soon.
    case nodesShortLived(count: Int, expected: Int64)
    /// Every worker that could take it rests after failures of its node.
    case workersResting(count: Int, rest: Int64)
    /// Only workers that failed it have a free slot; another one is to try.
    case anotherWorkerWanted(failedOn: Int)
    /// It is kept for the worker that ran the task before it.
    case keptForWorker(WorkerID, rest: Int64)
    /// All slots of the workers that could take it are in use, and so many steps come first.
    case slotsTaken(workers: Int, slots: Int, ahead: Int)
    /// A worker that could take it has a free slot.
    case aboutToBeOffered

    // MARK: Resting
    /// It rests after a failure.
    case restsAfterFailure(Failure?, failures: UInt32, rest: Int64)
    /// It rests because a worker declined it or had no room.
    case restsAfterDecline(Failure?, rest: Int64)

    // MARK: Offered and running
    /// It was offered, and the worker has not answered.
    case offered(WorkerID, rest: Int64)
    /// It runs.
    case running(WorkerID, attempt: UInt32, iteration: UInt32, since: Int64)
    /// It runs on two workers; the second was added because the first takes long.
    case runningTwice(WorkerID, former: WorkerID)
    /// Its worker is not connected; it is given to another unless that one comes back.
    case workerAway(WorkerID, rest: Int64)
    /// Its job was paused, and its worker stores a checkpoint.
    case comingBack(WorkerID, rest: Int64)

    // MARK: Ended
    /// It has a result.
    case succeeded(attempt: UInt32)
    /// It failed for good.
    case failed(Failure?, attempts: UInt32)
    /// A step that it depends on failed.
    case stepFailed(step: String)
    /// A task before it in its chain failed.
    case predecessorFailed(task: UInt32)
    /// Its job was cancelled.
    case cancelled
    /// Its job failed as a whole.
    case jobFailed(reason: String)

    /// The lasting word for each case.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// See ``Explanation/stepUnfinished(step:open:)``.
        case stepUnfinished = "step-unfinished"
        /// See ``Explanation/predecessorUnfinished(task:state:)``.
        case predecessorUnfinished = "predecessor-unfinished"
        /// See ``Explanation/jobPaused``.
        case jobPaused = "job-paused"
        /// See ``Explanation/noWorker``.
        case noWorker = "no-worker"
        /// See ``Explanation/workersJoining(count:)``.
        case workersJoining = "workers-joining"
        /// See ``Explanation/noCapableWorker(count:lack:)``.
        case noCapableWorker = "no-capable-worker"
        /// See ``Explanation/workersDraining(count:)``.
        case workersDraining = "workers-draining"
        /// See ``Explanation/workersBlocked(count:)``.
        case workersBlocked = "workers-blocked"
        /// See ``Explanation/nodesShortLived(count:expected:)``.
        case nodesShortLived = "nodes-short-lived"
        /// See ``Explanation/workersResting(count:rest:)``.
        case workersResting = "workers-resting"
        /// See ``Explanation/anotherWorkerWanted(failedOn:)``.
        case anotherWorkerWanted = "another-worker-wanted"
        /// See ``Explanation/keptForWorker(_:rest:)``.
        case keptForWorker = "kept-for-worker"
        /// See ``Explanation/slotsTaken(workers:slots:ahead:)``.
        case slotsTaken = "slots-taken"
        /// See ``Explanation/aboutToBeOffered``.
        case aboutToBeOffered = "about-to-be-offered"
        /// See ``Explanation/restsAfterFailure(_:failures:rest:)``.
        case restsAfterFailure = "rests-after-failure"
        /// See ``Explanation/restsAfterDecline(_:rest:)``.
        case restsAfterDecline = "rests-after-decline"
        /// See ``Explanation/offered(_:rest:)``.
        case offered
        /// See ``Explanation/running(_:attempt:iteration:since:)``.
        case running
        /// See ``Explanation/runningTwice(_:former:)``.
        case runningTwice = "running-twice"
        /// See ``Explanation/workerAway(_:rest:)``.
        case workerAway = "worker-away"
        /// See ``Explanation/comingBack(_:rest:)``.
        case comingBack = "coming-back"
        /// See ``Explanation/succeeded(attempt:)``.
        case succeeded
        /// See ``Explanation/failed(_:attempts:)``.
        case failed
        /// See ``Explanation/stepFailed(step:)``.
        case stepFailed = "step-failed"
        /// See ``Explanation/predecessorFailed(task:)``.
        case predecessorFailed = "predecessor-failed"
        /// See ``Explanation/cancelled``.
        case cancelled
        /// See ``Explanation/jobFailed(reason:)``.
        case jobFailed = "job-failed"
    }

    /// The lasting word for it.
    public var reason: Reason {
        switch self {
        case .stepUnfinished: .stepUnfinished
        case .predecessorUnfinished: .predecessorUnfinished
        case .jobPaused: .jobPaused
        case .noWorker: .noWorker
        case .workersJoining: .workersJoining
        case .noCapableWorker: .noCapableWorker
        case .workersDraining: .workersDraining
        case .workersBlocked: .workersBlocked
        case .nodesShortLived: .nodesShortLived
        case .workersResting: .workersResting
        case .anotherWorkerWanted: .anotherWorkerWanted
        case .keptForWorker: .keptForWorker
        case .slotsTaken: .slotsTaken
        case .aboutToBeOffered: .aboutToBeOffered
        case .restsAfterFailure: .restsAfterFailure
        case .restsAfterDecline: .restsAfterDecline
        case .offered: .offered
        case .running: .running
        case .runningTwice: .runningTwice
        case .workerAway: .workerAway
        case .comingBack: .comingBack
        case .succeeded: .succeeded
        case .failed: .failed
        case .stepFailed: .stepFailed
        case .predecessorFailed: .predecessorFailed
        case .cancelled: .cancelled
        case .jobFailed: .jobFailed
        }
    }
}
