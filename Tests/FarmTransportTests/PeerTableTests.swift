import FarmModel
import Testing

// Through the public surface this would take as many connections as the table has room for.
@testable import FarmTransport

@Suite struct PeerTableTests {
    @Test("A full table forgets the peer that was silent longest")
    func bounded() {
        var table = PeerTable(limit: 3)
        let routes = (0..<4).map { Route([UInt8($0)]) }
        for route in routes.prefix(3) { #expect(table[route].sequences.next(in: SessionID(1)) == 1) }
        #expect(table[routes[0]].sequences.next(in: SessionID(1)) == 2)
        #expect(table[routes[3]].sequences.next(in: SessionID(1)) == 1)
        #expect(table.count == 3)
        #expect(table[routes[0]].sequences.next(in: SessionID(1)) == 3, "used lately")
        #expect(table[routes[1]].sequences.next(in: SessionID(1)) == 1, "forgotten")
        table.forget(routes[0])
        #expect(table[routes[0]].sequences.next(in: SessionID(1)) == 1)
    }

    @Test(
        "Whatever is used and forgotten, those used last are there and no others",
        arguments: 1...10 as ClosedRange<UInt64>)
    func randomUse(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var table = PeerTable(limit: 8)
        // The simplest thing that does the same.
        var row: [(route: Route, count: UInt64)] = []
        for _ in 0..<2_000 {
            let route = Route([UInt8.random(in: 0..<20, using: &generator)])
            let known = row.firstIndex { $0.route == route }
            if Int.random(in: 0..<5, using: &generator) == 0 {
                table.forget(route)
                if let known { row.remove(at: known) }
            } else {
                let count = (known.map { row.remove(at: $0).count } ?? 0) + 1
                if row.count == 8 { row.removeFirst() }
                row.append((route, count))
                #expect(table[route].sequences.next(in: SessionID(1)) == count)
            }
            #expect(table.count == row.count)
        }
    }
}
