/// Bounds of a simulated world, in one place; durations in virtual milliseconds.
enum SimulationLimits {
    /// Events that a failure shows.
    static let shownEvents = 100
    /// How long after the healing everything may take to end.
    static let convergenceMilliseconds: Int64 = 180_000
    /// Events of one world; one that goes on beyond is turning in circles.
    static let events = 200_000
    /// Things to come at one time.
    static let agenda = 4_000
    /// Events that wait for the coordinator's disk.
    static let inbox = 4_000
    /// How long a worker waits for its disk, in worlds in which that may hang.
    static let diskPatienceMilliseconds: Int64 = 3_000
    /// How long an idle worker may stand beside a ready task.
    static let starvationMilliseconds: Int64 = 5_000
    /// Time between two READYs of one live worker, losses included.
    static let readyGapMilliseconds: Int64 = 2_500
    /// How long a task may rest after a failure.
    static let restMilliseconds: Int64 = 3_000
    /// Tasks that a submitter may be given in a row beside another that waits, besides what that one had before.
    static let shareLead = 18
    /// Interval at which the passing of time is checked.
    static let auditMilliseconds: Int64 = 500
    /// Processes that may come up under a name that is taken, in one world.
    static let clones = 2
}
