internal import FarmModel

/// Bounds of what one coordinator keeps in memory, in one place.
enum CoordinatorLimits {
    /// Workers with a session or a lease.
    static let workers = 4_096
    /// Jobs, ended ones included.
    static let jobs = 100_000
    /// Verdicts in one message: as many as a page of an inventory may list, which is what one frame holds.
    static let verdicts = Limits.heldAttempts
    /// Tasks looked at for one page of a listing.
    static let tasksLookedAt: UInt32 = 50_000
    /// Tasks of one step that a worker may be found unfit for before it looks elsewhere.
    static let refusedTasks = 8
    /// Workers remembered to have failed one task.
    static let blamedWorkers = 8
    /// Tasks of one job whose last failure is remembered for people.
    static let rememberedFailures = 1_000
    /// Keys of loaded models remembered per worker.
    static let warmKeys = 4
    /// How many tasks a submitter may be ahead of others for the sake of loaded models.
    static let warmLead: Int64 = 16
    /// Workers asked whether they have the models that the one whose turn it is lacks.
    static let warmSearch = 64
    /// Submitters whose share is remembered while they have no work.
    static let submitters = 10_000
    /// Workers that are drained, there or not.
    static let drains = 100_000
}
