import FarmModel
import FarmTransport
import Testing

@Suite struct SequenceNumbersTests {
    private let one = SessionID(1)
    private let two = SessionID(2)

    @Test("Numbers count from 1 per session and direction")
    func counting() {
        var numbers = SequenceNumbers()
        #expect(numbers.next(in: one) == 1)
        #expect(numbers.next(in: one) == 2)
        #expect(numbers.next(in: two) == 1)
        #expect(numbers.next(in: one) == 3)
        #expect(numbers.accept(1, in: one) == .fresh(missing: 0))
        #expect(numbers.next(in: one) == 4)
    }

    @Test("A repetition or a decrease is dropped, a gap is counted")
    func judging() {
        var numbers = SequenceNumbers()
        #expect(numbers.accept(2, in: one) == .fresh(missing: 1))
        #expect(numbers.accept(2, in: one) == .repeated)
        #expect(numbers.accept(1, in: one) == .repeated)
        #expect(numbers.accept(0, in: one) == .repeated)
        #expect(numbers.accept(1, in: two) == .fresh(missing: 0))
        #expect(numbers.accept(.max, in: one) == .fresh(missing: .max - 3))
        #expect(numbers.accept(.max, in: one) == .repeated)
    }

    @Test("Going back and forth between sessions does not open the door to repetitions")
    func alternating() {
        var numbers = SequenceNumbers()
        for number in 1...3 as ClosedRange<UInt64> {
            #expect(numbers.accept(number, in: .none) == .fresh(missing: 0))
            #expect(numbers.accept(number, in: one) == .fresh(missing: 0))
        }
        #expect(numbers.accept(3, in: .none) == .repeated)
        #expect(numbers.accept(2, in: one) == .repeated)
    }

    @Test("Only the sessions used last are remembered")
    func bounded() {
        var numbers = SequenceNumbers()
        for session in 1...UInt64(TransportLimits.sessionsPerPeer) { _ = numbers.next(in: SessionID(session)) }
        #expect(numbers.next(in: one) == 2)
        _ = numbers.next(in: SessionID(100))
        #expect(numbers.next(in: one) == 3, "used lately")
        #expect(numbers.next(in: two) == 1, "the longest unused one was forgotten")
    }
}
