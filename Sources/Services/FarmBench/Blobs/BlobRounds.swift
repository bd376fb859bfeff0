import FarmModel
import Synchronization

/// One large blob in, and out three times, and as many octets through bare sockets, in several rounds: what a machine gives
/// changes from second to second, so each is compared with what ran beside it.
///
/// The first time out it is read past the page cache, the second time into it, and from then on from there.
final class BlobRounds: Sendable {
    /// Octets a second of one round.
    struct Round: Sendable {
        let put: Double
        let get: Double
        let getSecond: Double
        let getAgain: Double
        let bare: Double
    }

    private let size: Int64
    private let count: Int
    private let rounds = Mutex<[Round]>([])

    /// Prepares so many rounds.
    init(of size: Int64, count: Int) {
        self.size = size
        self.count = count
    }

    /// Octets that all of it moves.
    var moved: Int64 { 5 * size * Int64(count) }

    /// Runs them on a line, or stops when `mayGoOn` says no; blocks the calling thread.
    func run(on line: BlobLine, while mayGoOn: () -> Bool) throws {
        let pattern = BlobContent.pattern()
        // A worker's line is up long before it has anything to send.
        try line.waitUntilUp(while: mayGoOn)
        for number in 0..<count where mayGoOn() {
            let content = BlobContent(pattern, size: size, stamp: UInt64(number))
            let digest = content.digest
            let put = try rate { try line.put(content, digest, while: mayGoOn) }
            let get = try rate { try line.get(digest, while: mayGoOn) }
            let getSecond = try rate { try line.get(digest, while: mayGoOn) }
            let getAgain = try rate { try line.get(digest, while: mayGoOn) }
            let bare = try BareCurve(size)
            try bare.move(while: mayGoOn)
            guard mayGoOn() else { return }
            let round = Round(
                put: put, get: get, getSecond: getSecond, getAgain: getAgain, bare: try bare.rate())
            rounds.withLock { $0.append(round) }
        }
    }

    /// What came of it; half of the rounds were better in each figure.
    func figures(disk: Double) throws -> BlobFigures {
        let rounds = rounds.withLock { $0 }
        guard rounds.count == count else { throw FarmBenchError("\(rounds.count) of \(count) rounds came to an end") }
        func median(_ figure: (Round) -> Double) -> Double { rounds.map(figure).sorted()[count / 2] }
        return BlobFigures(
            bytes: size, rounds: count, barePerSecond: median(\.bare), diskPerSecond: disk,
            putPerSecond: median(\.put), getPerSecond: median(\.get), getSecondPerSecond: median(\.getSecond),
            getAgainPerSecond: median(\.getAgain),
            putOfBare: median { $0.put / $0.bare }, getOfBare: median { $0.get / $0.bare },
            getSecondOfBare: median { $0.getSecond / $0.bare },
            getAgainOfBare: median { $0.getAgain / $0.bare })
    }

    private func rate(_ move: () throws -> Void) rethrows -> Double {
        let start = Stopwatch.microseconds
        try move()
        return Double(size) / Stopwatch.seconds(since: start)
    }
}
