internal import FarmModel

/// A client: repeats what it said until it is answered, and asks for jobs before it does anything else.
struct ClientHost {
    let number: Int
    /// Jobs it will still ask for.
    var jobs: [(spec: JobSpec, key: Digest)]
    /// What it waits to be answered.
    var pending: ClientMessage?
    /// What it said last.
    var last: ClientMessage?
    /// Jobs it was given numbers for.
    var known: [JobID] = []
    /// Commands it may still give.
    var commands: Int

    init(number: Int, jobs: [(spec: JobSpec, key: Digest)], commands: Int) {
        self.number = number
        self.jobs = jobs
        self.commands = commands
    }

    /// Whether it has said all it had to say.
    var isContent: Bool { jobs.isEmpty && pending == nil }
}
