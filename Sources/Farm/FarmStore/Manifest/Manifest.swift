/// The inventory of a job's folder: what was asked, what came of each task, and the digest of every file.
///
/// It is written as `manifest.json` beside `frames/`, `losses/` and `files/`; `protocols/manifest.schema.json`
/// describes it. Equal states of a job give equal bytes: keys are sorted and nothing depends on the moment of writing.
public struct Manifest: Codable, Hashable, Sendable {
    /// The version of the format that is written; larger ones are not read.
    public static let schemaVersion = 1

    /// What wrote the manifest.
    public var generator: Generator
    /// The job as a whole.
    public var job: Job
    /// The version of the format.
    public var schemaVersion: Int
    /// Every task that has ended or is running, by index; those that wait are only counted.
    public var tasks: [Task]

    /// Makes a manifest of the current version.
    public init(generator: Generator, job: Job, tasks: [Task]) {
        self.generator = generator
        self.job = job
        self.tasks = tasks
        schemaVersion = Manifest.schemaVersion
    }

    /// The program that wrote a manifest.
    public struct Generator: Codable, Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its version.
        public var version: String

        /// Makes a description.
        public init(name: String, version: String) {
            self.name = name
            self.version = version
        }
    }

    /// How a job stands.
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Work goes on.
        case running
        /// The coordinator stopped before the end.
        case interrupted
        /// Every task succeeded.
        case complete
        /// Everything ended, not all of it well.
        case failed
        /// Someone cancelled it.
        case cancelled
    }

    /// A job.
    public struct Job: Codable, Hashable, Sendable {
        /// How many tasks stand how.
        public var counts: Counts
        /// Why it failed as a whole; nil if it did not, however its tasks ended.
        public var failure: String?
        /// Files that belong to the job as a whole, such as a contact sheet.
        public var files: [File]
        /// When the last task ended or the job was cancelled, ISO 8601 in UTC; nil while it is not over.
        public var finishedAt: String?
        /// Its number.
        public var id: UInt64
        /// Its name, which is its folder's.
        public var name: String
        /// How it stands.
        public var state: State
        /// Its steps in order.
        public var steps: [Step]
        /// When it was accepted, ISO 8601 in UTC.
        public var submittedAt: String

        /// Whether every task has ended.
        public var isOver: Bool { counts.waiting + counts.running == 0 }
    }

    /// Tasks of a job by state.
    public struct Counts: Codable, Hashable, Sendable {
        /// Ended because the job was cancelled.
        public var cancelled: Int
        /// Failed for good, or never begun because what they depend on failed.
        public var failed: Int
        /// Offered to a worker or running.
        public var running: Int
        /// Ended well.
        public var succeeded: Int
        /// All of them.
        public var total: Int
        /// Not begun, or to be tried again.
        public var waiting: Int

        /// Makes counts.
        public init(
            cancelled: Int = 0, failed: Int = 0, running: Int = 0, succeeded: Int = 0, total: Int, waiting: Int = 0
        ) {
            self.cancelled = cancelled
            self.failed = failed
            self.running = running
            self.succeeded = succeeded
            self.total = total
            self.waiting = waiting
        }
    }

    /// A step of a job.
    public struct Step: Codable, Hashable, Sendable {
        /// What its tasks do.
        public var action: String
        /// Names of the steps before it.
        public var dependsOn: [String]
        /// Its name.
        public var name: String
        /// How many tasks it has.
        public var tasks: Int

        /// Makes a description.
        public init(action: String, dependsOn: [String], name: String, tasks: Int) {
            self.action = action
            self.dependsOn = dependsOn
            self.name = name
            self.tasks = tasks
        }
    }
}
