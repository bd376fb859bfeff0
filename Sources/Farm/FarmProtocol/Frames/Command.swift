/// The command octet of a frame: fixes the type of the body.
///
/// Codes 0x80 to 0xFF are private or experimental and never in a release. Commands marked *later* have their code, but
/// no body yet; a receiver treats them as unknown.
public enum Command: UInt8, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    // Control dialogue.
    /// First word of a worker.
    case hello = 0x01
    /// The terms of a session.
    case welcome = 0x02
    /// No session, or nothing was done.
    case refuse = 0x03
    /// What a worker holds.
    case inventory = 0x04
    /// Verdicts on what a worker holds.
    case reconcile = 0x05
    /// Number of free slots.
    case ready = 0x06
    /// A task to execute.
    case offer = 0x07
    /// Takes an offer.
    case accept = 0x08
    /// Leaves an offer.
    case decline = 0x09
    /// Droppable news of an attempt.
    case progress = 0x0A
    /// Renews leases.
    case ping = 0x0B
    /// Which leases go on.
    case pong = 0x0C
    /// Stop an attempt.
    case revoke = 0x0D
    /// An attempt was stopped.
    case revoked = 0x0E
    /// A resume point is stored.
    case checkpoint = 0x0F
    /// The resume point is recorded.
    case checkpointOK = 0x10
    /// How an attempt ended.
    case result = 0x11
    /// The report was dealt with.
    case resultOK = 0x12
    /// Droppable lines of a log; later.
    case log = 0x13
    /// Take nothing new.
    case drain = 0x14
    /// The session is over.
    case bye = 0x15
    /// A frame could not be accepted.
    case error = 0x16
    /// Files of a report are missing.
    case needBlobs = 0x17
    /// An attempt is given back unfinished.
    case returned = 0x18
    // Blob dialogue.
    /// Offers a blob.
    case put = 0x20
    /// The blob is there already.
    case have = 0x21
    /// Send from an offset.
    case go = 0x22
    /// Raw octets of a blob.
    case chunk = 0x23
    /// Octets that may have been sent in all.
    case credit = 0x24
    /// Stored and verified.
    case putOK = 0x25
    /// Asks for a blob.
    case get = 0x26
    /// All octets of a blob were sent.
    case getEnd = 0x27
    /// A transfer ends early.
    case abort = 0x28
    // Client dialogue.
    /// First word of a client.
    case open = 0x40
    /// The dialogue is open.
    case opened = 0x41
    /// Asks for a job.
    case submit = 0x42
    /// The job is recorded.
    case submitted = 0x43
    /// Acts on a job.
    case command = 0x44
    /// The command took effect.
    case done = 0x45
    /// Asks how jobs stand.
    case query = 0x46
    /// How jobs stand.
    case reply = 0x47
    /// Asks for events; later.
    case watch = 0x48
    /// Something happened; later.
    case event = 0x49
    /// Events were left out; later.
    case gap = 0x4A
    /// Acts on a worker.
    case workerCommand = 0x4B
    // Enrolment.
    /// Asks for admission.
    case enrol = 0x60
    /// Admitted.
    case enrolled = 0x61

    /// The name in the grammar, such as `CHECKPOINT-OK`.
    public var description: String {
        switch self {
        case .hello: "HELLO"
        case .welcome: "WELCOME"
        case .refuse: "REFUSE"
        case .inventory: "INVENTORY"
        case .reconcile: "RECONCILE"
        case .ready: "READY"
        case .offer: "OFFER"
        case .accept: "ACCEPT"
        case .decline: "DECLINE"
        case .progress: "PROGRESS"
        case .ping: "PING"
        case .pong: "PONG"
        case .revoke: "REVOKE"
        case .revoked: "REVOKED"
        case .checkpoint: "CHECKPOINT"
        case .checkpointOK: "CHECKPOINT-OK"
        case .result: "RESULT"
        case .resultOK: "RESULT-OK"
        case .log: "LOG"
        case .drain: "DRAIN"
        case .bye: "BYE"
        case .error: "ERROR"
        case .needBlobs: "NEED-BLOBS"
        case .returned: "RETURNED"
        case .put: "PUT"
        case .have: "HAVE"
        case .go: "GO"
        case .chunk: "CHUNK"
        case .credit: "CREDIT"
        case .putOK: "PUT-OK"
        case .get: "GET"
        case .getEnd: "GET-END"
        case .abort: "ABORT"
        case .open: "OPEN"
        case .opened: "OPENED"
        case .submit: "SUBMIT"
        case .submitted: "SUBMITTED"
        case .command: "COMMAND"
        case .done: "DONE"
        case .query: "QUERY"
        case .reply: "REPLY"
        case .watch: "WATCH"
        case .event: "EVENT"
        case .gap: "GAP"
        case .workerCommand: "WORKER-COMMAND"
        case .enrol: "ENROL"
        case .enrolled: "ENROLLED"
        }
    }
}
