import FarmModel

/// Octets that follow each other, in the pieces in which they came.
struct ByteRun: Sendable {
    private var pieces: ArraySlice<Octets>
    /// How many octets are left.
    private(set) var count: Int

    init(_ pieces: [Octets]) {
        self.pieces = pieces[...]
        count = pieces.reduce(0) { $0 + $1.count }
    }

    /// Leaves out the next octets.
    mutating func skip(_ octets: Int) {
        var left = octets
        while left > 0 { left -= take(left) { _ in } }
    }

    /// Moves the next octets into memory, which must not hold more than are left.
    mutating func fill(_ memory: UnsafeMutableRawBufferPointer) {
        var done = 0
        while done < memory.count {
            let place = UnsafeMutableRawBufferPointer(rebasing: memory[done...])
            done += take(place.count) { place.copyMemory(from: $0) }
        }
    }

    /// Calls `body` with each piece that is left.
    func forEachPiece(_ body: (UnsafeRawBufferPointer) -> Void) {
        for piece in pieces { piece.withUnsafeBytes(body) }
    }

    /// Takes up to so many octets from the first piece; returns how many.
    private mutating func take(_ limit: Int, _ body: (UnsafeRawBufferPointer) -> Void) -> Int {
        guard let piece = pieces.first else { preconditionFailure("\(limit) octets beyond the end of a run") }
        let taken = piece.prefix(limit)
        taken.withUnsafeBytes(body)
        if taken.count < piece.count {
            pieces[pieces.startIndex] = piece.dropFirst(taken.count)
        } else {
            pieces.removeFirst()
        }
        count -= taken.count
        return taken.count
    }
}
