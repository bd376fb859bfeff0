internal import FarmModel
public import OrderedCollections

extension Explanation {
    /// The reason in one sentence, with a full stop.
    public var sentence: String {
        switch self {
        case .stepUnfinished(let step, let open):
            "It waits for step \(step), where \(Explanation.tasks(open)) not succeeded yet."
        case .predecessorUnfinished(let task, let state):
            "It waits for task \(task), the one before it in its chain, which is \(state.rawValue)."
        case .jobPaused: "Its job is paused; resume the job to let it run."
        case .noWorker: "No worker is connected; start one."
        case .workersJoining(let count):
            "\(Explanation.workers(count)) connected, but none has said yet what it holds; this takes moments."
        case .noCapableWorker(let count, let lack):
            "\(Explanation.workers(count)) connected, but none has \(lack.words)."
        case .workersDraining(let count):
            "\(Explanation.workers(count)) able to take it, but drained or leaving; resume one or start another."
        case .workersBlocked(let count):
            "\(Explanation.workers(count)) able to take it, but blocked from its job after failing it several times; "
                + "forgive one or start another."
        case .nodesShortLived(let count, let expected):
            "\(Explanation.workers(count)) able to take it, but will not live the \(Explanation.time(expected)) "
                + "that it takes."
        case .workersResting(let count, let rest):
            "\(Explanation.workers(count)) able to take it, but resting after failures of the node, the first of them "
                + "for \(Explanation.time(rest))."
        case .anotherWorkerWanted(let failedOn):
            "It failed on \(failedOn == 1 ? "one worker" : "\(failedOn) workers"), and those with a free slot are "
                + "among them; it waits for another worker to be free."
        case .keptForWorker(let worker, let rest):
            "It is kept for worker \(worker), which ran the task before it, for \(Explanation.time(rest))."
        case .slotsTaken(let workers, let slots, let ahead):
            "\(slots == 1 ? "The one slot" : "All \(slots) slots") of the \(workers == 1 ? "worker" : "\(workers) workers") "
                + "that can take it \(slots == 1 ? "is" : "are") in use"
                + (ahead == 0
                    ? "; it is next." : ", and \(ahead == 1 ? "one step comes" : "\(ahead) steps come") first.")
        case .aboutToBeOffered: "A worker that can take it has a free slot and will be offered it in moments."
        case .restsAfterFailure(let failure, let failures, let rest):
            "It rests for \(Explanation.time(rest)) after failure \(failures)\(Explanation.message(of: failure))."
        case .restsAfterDecline(let failure, let rest):
            "It rests for \(Explanation.time(rest)) because no room was found for it"
                + "\(Explanation.message(of: failure))."
        case .offered(let worker, let rest):
            "It was offered to worker \(worker), which has \(Explanation.time(rest)) left to answer."
        case .running(let worker, let attempt, let iteration, let since):
            "It has been running on worker \(worker) for \(Explanation.time(since)), attempt \(attempt), "
                + "at iteration \(iteration)."
        case .runningTwice(let worker, let former):
            "It runs on worker \(former), where it takes long, and on worker \(worker) as well; the first result counts."
        case .workerAway(let worker, let rest):
            "It runs on worker \(worker), which is not connected; unless that one comes back within "
                + "\(Explanation.time(rest)), it goes to another."
        case .comingBack(let worker, let rest):
            "Its job was paused; worker \(worker) has \(Explanation.time(rest)) left to store a checkpoint and give it "
                + "back."
        case .succeeded(let attempt): "It succeeded with attempt \(attempt)."
        case .failed(let failure, let attempts):
            "It failed for good after \(attempts == 1 ? "one attempt" : "\(attempts) attempts")"
                + "\(Explanation.message(of: failure)); retry it to try again."
        case .stepFailed(let step): "It cannot run because a task of step \(step), which it depends on, failed."
        case .predecessorFailed(let task): "It cannot run because task \(task), before it in its chain, failed."
        case .cancelled: "Its job was cancelled; retry the job to let it run after all."
        case .jobFailed(let reason): "Its job failed as a whole: \(reason)."
        }
    }

    /// The numbers and names in the sentence, for programs; times in milliseconds.
    public var facts: OrderedDictionary<String, String> {
        switch self {
        case .stepUnfinished(let step, let open): ["step": step, "open": "\(open)"]
        case .predecessorUnfinished(let task, let state): ["task": "\(task)", "state": state.rawValue]
        case .jobPaused, .noWorker, .aboutToBeOffered, .cancelled: [:]
        case .workersJoining(let count), .workersDraining(let count), .workersBlocked(let count):
            ["workers": "\(count)"]
        case .noCapableWorker(let count, let lack): ["workers": "\(count)", "lacking": lack.words]
        case .nodesShortLived(let count, let expected): ["workers": "\(count)", "expected_ms": "\(expected)"]
        case .workersResting(let count, let rest): ["workers": "\(count)", "rest_ms": "\(rest)"]
        case .anotherWorkerWanted(let failedOn): ["failed_on": "\(failedOn)"]
        case .keptForWorker(let worker, let rest), .offered(let worker, let rest), .workerAway(let worker, let rest),
            .comingBack(let worker, let rest):
            ["worker": worker.name, "rest_ms": "\(rest)"]
        case .slotsTaken(let workers, let slots, let ahead):
            ["workers": "\(workers)", "slots": "\(slots)", "steps_ahead": "\(ahead)"]
        case .restsAfterFailure(let failure, let failures, let rest):
            Explanation.facts(of: failure, ["failures": "\(failures)", "rest_ms": "\(rest)"])
        case .restsAfterDecline(let failure, let rest): Explanation.facts(of: failure, ["rest_ms": "\(rest)"])
        case .running(let worker, let attempt, let iteration, let since):
            [
                "worker": worker.name, "attempt": "\(attempt)", "iteration": "\(iteration)", "since_ms": "\(since)",
            ]
        case .runningTwice(let worker, let former): ["worker": worker.name, "former_worker": former.name]
        case .succeeded(let attempt): ["attempt": "\(attempt)"]
        case .failed(let failure, let attempts): Explanation.facts(of: failure, ["attempts": "\(attempts)"])
        case .stepFailed(let step): ["step": step]
        case .predecessorFailed(let task): ["task": "\(task)"]
        case .jobFailed(let reason): ["failure": reason]
        }
    }

    private static func facts(
        of failure: Failure?, _ others: OrderedDictionary<String, String>
    ) -> OrderedDictionary<String, String> {
        var facts = others
        facts["class"] = failure?.failureClass.rawValue
        facts["cause"] = failure?.cause?.description
        facts["message"] = failure?.message
        return facts
    }

    private static func message(of failure: Failure?) -> String { failure.map { ": \($0.message)" } ?? "" }

    private static func tasks(_ count: UInt32) -> String { count == 1 ? "one task has" : "\(count) tasks have" }

    private static func workers(_ count: Int) -> String { count == 1 ? "One worker is" : "\(count) workers are" }

    /// A time as people say it, rounded up.
    static func time(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<1_000: "\(max(0, milliseconds)) ms"
        case ..<120_000: "\((milliseconds + 999) / 1_000) s"
        case ..<7_200_000: "\((milliseconds + 59_999) / 60_000) min"
        default: "\((milliseconds + 3_599_999) / 3_600_000) h"
        }
    }
}

extension Requirements.Lack {
    /// What is missing, after "none has".
    var words: String {
        switch self {
        case .memory(let needed, _): "\((needed + (1 << 20) - 1) >> 20) MiB of memory per slot"
        case .device(.gpu): "a graphics card"
        case .device(.cpu): "the processor as its device"
        case .tag(let tag): "the tag \(tag)"
        }
    }
}
