internal import FarmModel

/// What one event has led to so far: facts to commit, then things to do.
///
/// All facts of an event go into one transaction in front of everything else, so nothing can be sent before what it
/// rests on is durable.
struct Turn {
    /// When the event is handled.
    let now: Instant
    /// The same for people.
    let wall: WallTime
    private var records: [Record] = []
    private var effects: [Coordinator.Effect] = []

    init(now: Instant, wall: WallTime) {
        self.now = now
        self.wall = wall
    }

    mutating func record(_ record: Record) { records.append(record) }
    mutating func reply(_ reply: ClientReply, to route: Route) {
        effects.append(.reply(reply, to: route))
    }
    mutating func notify(_ notice: FarmNotice) { effects.append(.notify(notice)) }
    mutating func add(_ effect: Coordinator.Effect) { effects.append(effect) }

    mutating func send(_ message: CoordinatorMessage, to session: Session) {
        effects.append(.send(message, to: session.route, session: session.id))
    }

    /// All effects in order.
    func finished() -> [Coordinator.Effect] {
        records.isEmpty ? effects : [.persist(records)] + effects
    }
}
