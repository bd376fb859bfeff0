internal import FarmModel

/// Who is at the other end of the coordinator's line.
enum Peer: Hashable {
    case worker(Int)
    case client(Int)
}

/// One direction of one connection.
struct Direction: Hashable {
    let peer: Peer
    let connection: Int
    let isToCoordinator: Bool
}

/// A frame on its way.
struct Packet {
    let bytes: [UInt8]
    let direction: Direction
    /// The process of the coordinator that sent it or that it was sent to.
    let coordinatorLife: Int
}

extension Route {
    /// The coordinator's address of a peer's connection; a new process knows none of those that an earlier one knew.
    init(_ direction: Direction, life: Int) {
        let (kind, number) =
            switch direction.peer {
            case .worker(let number): (0, number)
            case .client(let number): (1, number)
            }
        self.init(
            [UInt8(kind), UInt8(truncatingIfNeeded: number)]
                + [direction.connection, life].flatMap { value in
                    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
                })
    }

    /// Whose address it is, and which process of the coordinator knows it.
    var destination: (direction: Direction, life: Int)? {
        guard bytes.count == 10 else { return nil }
        func number(at place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) } }
        let peer: Peer = bytes[0] == 0 ? .worker(Int(bytes[1])) : .client(Int(bytes[1]))
        return (Direction(peer: peer, connection: number(at: 2), isToCoordinator: false), number(at: 6))
    }
}
