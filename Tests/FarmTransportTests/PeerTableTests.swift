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
}
