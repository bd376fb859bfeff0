/// Which phrase of a story holds in which iteration.
///
/// Phrase 0 comes first. With an interval, the phrases take turns of that many iterations and start again after the
/// last one, as in the published scripts; without, every phrase has an equal share of all iterations, once.
struct StoryTiming: Equatable {
    let phrases: Int
    let iterations: Int
    /// Iterations of a turn; nil for equal shares.
    let every: Int?
    /// Iterations at the start of a turn in which the phrase before still counts.
    let blend: Int

    init(phrases: Int, iterations: Int, every: Int? = nil, blend: Int = 0) {
        (self.phrases, self.iterations, self.every, self.blend) = (phrases, iterations, every, blend)
    }

    init(of spec: RenderSpec, phrases: Int) {
        self.init(
            phrases: phrases, iterations: spec.iterations, every: spec.prompting.storyEvery,
            blend: spec.prompting.storyBlend ?? 0)
    }

    /// The iteration with which a turn begins, counted from 0.
    func start(ofTurn turn: Int) -> Int { every.map { turn * $0 } ?? turn * iterations / phrases }

    /// Iterations of the shortest turn.
    var shortest: Int { every ?? iterations / phrases }

    /// A phrase, and during a change the one before it with the share that the new one has, in (0, 1).
    struct Moment: Equatable {
        var phrase: Int
        var change: Change?

        struct Change: Equatable {
            var from: Int
            var share: Float
        }
    }

    /// What holds in an iteration.
    func moment(at iteration: Int) -> Moment {
        guard phrases > 1 else { return Moment(phrase: 0) }
        // Without an interval: the last turn whose start, rounded down, is not later.
        let turn = every.map { iteration / $0 } ?? ((iteration + 1) * phrases - 1) / iterations
        let passed = iteration - start(ofTurn: turn)
        guard turn > 0, passed < blend else { return Moment(phrase: turn % phrases) }
        return Moment(
            phrase: turn % phrases,
            change: .init(from: (turn - 1) % phrases, share: Float(passed + 1) / Float(blend + 1)))
    }
}
