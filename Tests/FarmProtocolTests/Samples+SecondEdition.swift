import FarmModel
import FarmProtocol
import OrderedCollections

// What the second edition added: fields from 16 on, and commands of its own.
extension Samples {
    static let checkpoint = Checkpoint(iteration: 120, digest: makeDigest(first: 3), byteCount: 1 << 30)

    static let capabilities = Capabilities(memoryBytes: 64 << 30, cores: 16, device: .gpu, tags: ["spot", "attic"])

    static let demandingJob = JobSpec(
        name: "film",
        steps: [
            StepSpec(
                name: "frames", action: .render, space: ParameterSpace(), isChain: true,
                requirements: Requirements(
                    memoryBytes: 2 << 30, device: .cpu, tags: ["attic"], expectedMilliseconds: 90_000),
                affinity: "vqgan-f16+vit-b32", stallMilliseconds: 60_000, minimumMilliseconds: 500,
                maximumMilliseconds: 3_600_000, checkpointMilliseconds: 10_000)
        ], submitter: "ana",
        retries: RetryBudget(infrastructure: nil, busy: 7, task: 0, badOutput: 2, configuration: nil),
        failureLimit: 12)

    static let secondEdition: [Sample] = secondFromWorker + secondToWorker + secondClients

    private static let secondFromWorker = [
        sample(
            "hello-capable", .fromWorker, "a graphics card, two tags, an hour to live", session: .none,
            .worker(
                .hello(
                    Hello(
                        worker: worker, instance: WorkerInstance(high: 1, low: 2), host: "node-07", slots: 2,
                        backend: "torch/cuda", engine: "0.2.0", capabilities: capabilities,
                        lifetimeMilliseconds: 3_600_000)))),
        sample(
            "hello-features", .fromWorker, "three optional parts, one of them unknown here, and two versions",
            session: .none,
            .worker(
                .hello(
                    Hello(
                        worker: worker, instance: WorkerInstance(high: 1, low: 2), host: "node-07", slots: 2,
                        backend: "torch/cuda", engine: "0.3.0",
                        dialect: Dialect(versions: 1...2, features: ["checkpoints", "returns", "sketches"]))))),
        sample(
            "ping-progress", .fromWorker, "how far each attempt has come",
            .worker(
                .ping([
                    HeldAttempt(first, iteration: 120, sinceStepMilliseconds: 250),
                    HeldAttempt(attempt, iteration: 0, sinceStepMilliseconds: 4_000),
                ]))),
        sample(
            "ping-ended", .fromWorker, "one runs, the report of the other waits for its answer",
            .worker(.ping([HeldAttempt(first, iteration: 120), HeldAttempt(attempt, hasEnded: true)]))),
        sample(
            "checkpoint", .fromWorker, "120 iterations are stored, 1 GiB",
            .worker(.checkpoint(attempt, checkpoint))),
        sample(
            "returned", .fromWorker, "given back unfinished", .worker(.returned(attempt, reason: "the node goes away"))),
        sample("drain-worker", .fromWorker, "the worker goes, in 5 seconds", .worker(.drain(.expedited))),
        sample(
            "result-crash", .fromWorker, "the engine was ended by signal 11",
            .worker(.failed(attempt, Failure(.infrastructure, "the engine crashed", cause: .crashed(signal: 11))))),
        sample(
            "result-memory", .fromWorker, "the engine was killed for memory",
            .worker(.failed(attempt, Failure(.infrastructure, "out of memory", cause: .outOfMemory)))),
    ]

    private static let secondToWorker = [
        sample(
            "welcome-features", .toWorker, "two of its optional parts may be used",
            .coordinator(
                .welcome(
                    Welcome(
                        session: session, epoch: 5, heartbeatMilliseconds: 5_000, leaseMilliseconds: 60_000,
                        blobEndpoint: "tcp://10.0.0.1:7701", features: ["checkpoints", "returns"])))),
        sample(
            "offer-resume", .toWorker, "goes on from a checkpoint, with the file of the task before",
            .coordinator(
                .offer(
                    attempt,
                    TaskSpec(
                        action: .render, label: "0018", settings: [:], checkpointMilliseconds: 10_000,
                        inputs: [Artifact(name: "0017.png", kind: .frame, byteCount: 9, digest: digest)]),
                    leaseMilliseconds: 60_000, resume: checkpoint))),
        sample(
            "offer-stall", .toWorker, "10 minutes without an iteration are too long",
            .coordinator(
                .offer(
                    attempt,
                    TaskSpec(action: .render, label: "0018", settings: [:], stallMilliseconds: 600_000),
                    leaseMilliseconds: 60_000, resume: nil))),
        sample(
            "checkpoint-ok", .toWorker, "120 iterations are recorded",
            .coordinator(.checkpointOK(attempt, iteration: 120))),
        sample("revoke-failed", .toWorker, "it stalled", .coordinator(.revoke(attempt, reason: .failed))),
        sample("drain-checkpointed", .toWorker, "store and leave", .coordinator(.drain(.checkpointed))),
    ]

    private static let secondClients = [
        sample(
            "opened-features", .toClient, "what the coordinator can do for clients, and the key it will have",
            session: .none,
            .clientReply(
                .opened(
                    Opened(
                        epoch: 5, blobEndpoint: "tcp://farm:7402", nextServerKey: digest.bytes,
                        features: ["listings", "steering"])))),
        sample(
            "submit-demanding", .fromClient, "a chain with terms of every kind",
            .client(.submit(demandingJob, key: digest))),
        sample("command-pause", .fromClient, "give nothing out", .client(.command(.pause, JobID(3)))),
        sample("command-priority", .fromClient, "to the front", .client(.command(.setPriority(100), JobID(3)))),
        sample(
            "command-requeue", .fromClient, "two tasks again", .client(.command(.requeue([0, 1_999_999]), JobID(3)))),
        sample(
            "worker-command", .fromClient, "a node goes away", .client(.workerCommand(.drain(.immediate), worker))),
        sample("worker-forgive", .fromClient, "it works again", .client(.workerCommand(.forgive, worker))),
        sample("done-worker", .toClient, "the command took effect", .clientReply(.workerDone(worker))),
        sample(
            "query-tasks", .fromClient, "which tasks failed, from 500 on?",
            .client(.query(.tasks(JobID(3), .failed, TaskPageRequest(from: 500, limit: 100))))),
        sample("query-workers", .fromClient, "who is there?", .client(.query(.workers))),
        sample(
            "query-explain", .fromClient, "why is task 17 not running?",
            .client(.query(.explain(attempt.task)))),
        sample("query-after", .fromClient, "which jobs follow job 1000?", .client(.query(.jobsAfter(JobID(1_000))))),
        sample("query-named", .fromClient, "how does hills stand?", .client(.query(.jobNamed("hills")))),
        sample(
            "reply-job", .toClient, "a job that failed as a whole",
            .clientReply(
                .status([
                    JobStatus(
                        job: JobID(4), name: "film", total: 20, waiting: 0, running: 0, succeeded: 3, failed: 12,
                        cancelled: 5, priority: -4, submitter: "ana", isPaused: true, failure: "12 tasks failed")
                ]))),
        sample(
            "reply-tasks", .toClient, "a page of two, more follow",
            .clientReply(
                .tasks(
                    TaskPage(
                        job: JobID(3),
                        tasks: [
                            TaskStatus(
                                index: 17, state: .running, attempts: 2, failures: 1, worker: worker, iteration: 120),
                            TaskStatus(index: 18, state: .blocked),
                        ], next: 19)))),
        sample(
            "reply-workers", .toClient, "one worker",
            .clientReply(
                .workers([
                    WorkerStatus(
                        worker: worker, state: .draining, host: "node-07", backend: "torch/cuda", slots: 2, free: 1,
                        held: [attempt], capabilities: capabilities, lifetimeMilliseconds: 1_000,
                        silentMilliseconds: 0, blockedJobs: [JobID(1)])
                ]))),
        sample(
            "reply-explain", .toClient, "a reason, in words and in numbers",
            .clientReply(
                .explanation(
                    TaskExplanation(
                        task: attempt.task, state: .resting, reason: "rest-after-failure",
                        sentence: "It rests for 4 s after its second failure.", facts: ["seconds": "4"])))),
    ]
}
