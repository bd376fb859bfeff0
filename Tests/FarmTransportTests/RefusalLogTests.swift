import FarmModel
import Testing

@testable import FarmTransport

@Suite struct RefusalLogTests {
    @Test("A refusal is said once, and no more than so many in a minute; what is left out is counted")
    func bounded() {
        var log = RefusalLog()
        let now = Instant(milliseconds: 0)
        #expect(log.hear("a", at: now) == 0)
        #expect(log.hear("a", at: now) == nil)
        for number in 1..<TransportLimits.refusalsPerMinute { #expect(log.hear("\(number)", at: now) == 0) }
        #expect(log.hear("b", at: now) == nil)
        #expect(log.hear("c", at: now) == nil)
        let later = Instant(milliseconds: 60_000)
        #expect(log.hear("b", at: later) == 2, "two were left out")
        #expect(log.hear("c", at: later) == 0)
        #expect(log.hear("a", at: later) == nil, "said before")
    }

    @Test("A failed handshake is told with its address only if nothing came between it and the end of its connection")
    func addresses() {
        typealias Report = SocketMonitor.Report
        let now = Instant(milliseconds: 0)
        let (failure, end) = (LineEvent.closedInHandshake, LineEvent.down)
        let reason = failure.complaint ?? ""
        var log = StrangerLog()
        // Descriptors that are no connections: their addresses are unknown, and still told apart from no address.
        #expect(log.hear(Report(event: failure), at: now) == nil, "the address is not known yet")
        // A worker leaves before the stranger's connection ends: it must not be blamed.
        #expect(log.hear(Report(event: .up), at: now) == StrangerLog.Line(reason: reason, address: nil))
        #expect(log.hear(Report(event: end, descriptor: 7), at: now) == nil)
        #expect(log.hear(Report(event: .handshakeFailed(code: 1)), at: now) == nil)
        #expect(log.hear(Report(event: end, descriptor: 8), at: now)?.reason.contains("0x1") == true)
        #expect(log.hear(Report(event: end, descriptor: 9), at: now) == nil, "one end for one failure")
    }
}
