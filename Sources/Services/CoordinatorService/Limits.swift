/// Bounds of the coordinator's shell, in one place.
enum Limits {
    /// Events handled in one batch, and so in one commit.
    static let batch = 256
    /// Workers that have to fit into the limit of open files, or a line in the log says that they do not.
    static let ordinaryFarm = 1000
    /// Pictures of one contact sheet.
    static let sheetPictures = 100
    /// Contact sheets of one job; more pictures are in `frames/` only.
    static let sheets = 16
    /// Curves of the plot.
    static let curves = 400
    /// News that a watcher may lag behind before the oldest are dropped.
    static let notices = 4096
    /// Milliseconds between two writes of one manifest while results come in.
    static let manifestInterval: Int64 = 1000
    /// Milliseconds that publishing rests after something could not be put in place.
    static let publishRest: Int64 = 10_000
    /// Milliseconds between two tries to complete the folder of a job, at most.
    static let longestRest: Int64 = 600_000
    /// Milliseconds that a stopping coordinator spends on what a restart would publish as well.
    static let closingPublish: Int64 = 3_000
    /// Milliseconds that a stopping coordinator spends on publishing and on manifests.
    static let closing: Int64 = 5_000
    /// Errors of one pass that are logged one by one; the others are counted.
    static let loggedErrors = 5
    /// How long results gather before the output folders are seen to.
    static let outputPause: Duration = .milliseconds(50)
    /// Interval at which the output folders are looked after when nothing happens.
    static let outputTick: Duration = .seconds(1)
    /// Octets of a blob that are written in one go.
    static let runBytes = 2 << 20
    /// Octets of a blob that are read in one go.
    static let readBytes = 1 << 20
    /// Blobs of which the first fetch is remembered.
    static let firstFetches = 4096
    /// Octets below which a piece of a blob that comes in is joined to the one before.
    static let smallPiece = 4 << 10
    /// Blob transfers of all peers at once, in each direction.
    static let transfers = 4096
    /// How long a commit waits for space on a full disk before it is tried again.
    static let fullDiskPause: Duration = .seconds(1)
    /// Tries of one commit on a full disk before the coordinator stops.
    static let fullDiskTries = 600
    /// When blobs are swept for the first time after a start.
    static let firstSweep: Duration = .seconds(30)
    /// Interval of sweeps.
    static let sweepInterval: Duration = .seconds(600)
    /// How long a peer is left alone that takes nothing at the moment.
    static let busyPause: Duration = .milliseconds(20)
    /// Interval at which quiet transfers are looked after.
    static let transferTick: Duration = .seconds(5)
    /// Ticks after which a quiet transfer is given up; the bytes that came are kept.
    static let quietTicks = 12
    /// The same of one that goes out: a peer that has died holds octets of the budget that others wait for.
    static let quietSenderTicks = 6
    /// Ticks of transfers before a blob is compared again with its name because a receiver complained of it.
    static let doubtTicks = 60
    /// Blobs asked for in vain that are looked for, in one tick of transfers: peers can invent any number.
    static let missedBlobs = 64
    /// How often the files of keys are looked at: how soon a revocation takes effect.
    static let keysInterval: Duration = .milliseconds(100)
    /// Requests of newcomers that may wait.
    static let newcomers = 256
    /// Frames that may wait for the planner or for the blob port.
    static let mailbox = 8192
}
