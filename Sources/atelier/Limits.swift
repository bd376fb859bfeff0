import FarmModel

/// Bounds of the command, in one place.
enum Limits {
    /// Jobs of one name in an output folder before another name is asked for.
    static let sameNamedJobs = 1000
    /// Workers of a local farm.
    static let localWorkers = 64
    /// Workers of a local farm where the user does not say: more would share out the memory of a usual machine too thinly.
    static let usualLocalWorkers = 8
    /// Threads of an engine.
    static let threads = 1024
    /// The longest time that can be given, seconds: what the farm takes.
    static let seconds = Double(FarmModel.Limits.milliseconds) / 1000
    /// Points of a sweep that are checked for settings that contradict each other.
    static let checkedPoints = 10_000
    /// Octets of a template.
    static let templateBytes = 16 << 20
    /// A local worker that dies this often in a row, each time this soon, is not started again.
    static let quickDeaths = 5
    /// How soon a death counts as quick.
    static let quickDeath: Duration = .seconds(5)
    /// Seconds of silence after which an upload is given up.
    static let uploadPatience = 30
    /// How long an upload waits for an answer before it sees to what has become overdue.
    static let uploadTurn: Duration = .seconds(1)
    /// Answers that an upload takes in at once.
    static let uploadBatch = 64
    /// How often somebody who waits for a job asks after it.
    static let jobWatchInterval: Duration = .seconds(1)
    /// How often a daemon looks whether the coordinator of its machine has made its keys.
    static let keysPoll: Duration = .milliseconds(50)
    /// How long a local worker that died stays away.
    static let workerRestart: Duration = .milliseconds(200)
    /// Frames that a client's line takes in before they are looked at.
    static let heard = 64
    /// How long a client waits for an answer.
    static let clientPatience: Duration = .seconds(15)
    /// Octets of stack of a thread that simulates: as much as a main thread has.
    static let simulationStack = 8 << 20
}
