import FarmModel
import Synchronization
import Testing

@Suite struct OctetsTests {
    /// Memory that says when it is given back; guarded by being written to before anybody else has it.
    private final class Lender: @unchecked Sendable {
        private let bytes: UnsafeMutableRawBufferPointer
        private let isOver: Mutex<Bool>.Box

        init(_ content: [UInt8], isOver: Mutex<Bool>.Box) {
            bytes = .allocate(byteCount: content.count, alignment: 1)
            bytes.copyBytes(from: content)
            self.isOver = isOver
        }

        var octets: Octets { Octets(UnsafeRawBufferPointer(bytes), keptBy: self) }

        deinit {
            bytes.deallocate()
            isOver.value.withLock { $0 = true }
        }
    }

    @Test("Octets are the same wherever they lie")
    func equality() {
        let lent = Lender([1, 2, 3], isOver: .init(false)).octets
        #expect(lent == [1, 2, 3] && lent != [1, 2] && lent != [1, 2, 4])
        #expect(lent.hashValue == Octets([1, 2, 3]).hashValue)
        #expect(lent.array == [1, 2, 3] && lent.count == 3)
    }

    @Test("Parts are those of an array, of lent memory, and of parts", arguments: [true, false])
    func parts(isLent: Bool) {
        let all = isLent ? Lender([1, 2, 3, 4, 5], isOver: .init(false)).octets : Octets([1, 2, 3, 4, 5])
        #expect(all.prefix(2) == [1, 2] && all.prefix(9) == all && all.prefix(0) == [])
        #expect(all.dropFirst(2) == [3, 4, 5] && all.dropFirst(5) == [])
        #expect(all.dropFirst(1).prefix(3).dropFirst(1) == [3, 4])
        #expect(all.dropFirst(3).withUnsafeBytes { Array($0) } == [4, 5])
    }

    @Test("Lent memory is kept as long as a part of it is in use, and no longer")
    func lifetime() {
        let isOver = Mutex<Bool>.Box(false)
        var part: Octets? = Lender([1, 2, 3], isOver: isOver).octets.dropFirst(2)
        #expect(part == [3] && !isOver.value.withLock { $0 })
        part = nil
        #expect(isOver.value.withLock { $0 })
    }
}

extension Mutex where Value == Bool {
    /// A mutex that several may hold.
    final class Box: Sendable {
        let value: Mutex<Bool>
        init(_ value: Bool) { self.value = Mutex(value) }
    }
}
