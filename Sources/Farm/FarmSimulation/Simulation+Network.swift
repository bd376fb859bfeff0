internal import FarmCoordinator
internal import FarmModel
internal import FarmProtocol
internal import OrderedCollections

// Frames: written by the real encoder, read by the real decoder.
extension Simulation {
    /// Sends from the coordinator to an address that it knows.
    mutating func send(_ body: FrameBody, _ session: SessionID, to route: Route) {
        guard let (direction, life) = route.destination, life == coordinator.life, isOpen(direction) else {
            if random.chance(500) { agenda.add(.unreachable(route, life: coordinator.life), at: now) }
            return
        }
        transmit(body, session, direction)
    }

    /// Sends from a peer to the coordinator.
    mutating func send(_ body: FrameBody, _ session: SessionID, from peer: Peer, connection: Int) {
        transmit(body, session, Direction(peer: peer, connection: connection, isToCoordinator: true))
    }

    private mutating func transmit(_ body: FrameBody, _ session: SessionID, _ direction: Direction) {
        frames += 1
        let frame = Frame(session: session, sequence: network.nextNumber(direction), body: body)
        let bytes: [UInt8]
        do {
            bytes = try frame.encoded()
        } catch {
            return checkers.report("\(body) cannot be written: \(error)")
        }
        for arrival in network.arrivals(direction, at: now, using: &random) {
            agenda.add(
                .arrival(Packet(bytes: bytes, direction: direction, coordinatorLife: coordinator.life)), at: arrival)
        }
    }

    /// A frame comes to the end of its way.
    mutating func arrive(_ packet: Packet) {
        let direction = packet.direction
        if direction.isToCoordinator {
            guard coordinator.machine != nil else {
                // The peer's socket keeps frames until somebody listens again, as long as it is open.
                if options.paths.isKeeping, isOpen(direction) { coordinator.waiting.append(packet) }
                return
            }
        } else {
            guard isOpen(direction) else { return }
        }
        guard let frame = decode(packet), network.accepts(frame.sequence, direction) else { return }
        switch (frame.body, direction.peer) {
        case (.worker(let message), _):
            note("\(direction.peer) says \(message)")
            tellCoordinator(.worker(message, frame.session, Route(direction, life: coordinator.life)))
        case (.client(let message), _):
            note("\(direction.peer) says \(message)")
            tellCoordinator(.event(.clientSaid(message, route: Route(direction, life: coordinator.life))))
        case (.coordinator(let message), .worker(let worker)):
            note("\(direction.peer) hears \(message)")
            hear(message, frame.session, worker)
        case (.clientReply(let reply), .client(let client)): hear(reply, client)
        case (.coordinator, .client), (.clientReply, .worker), (.blob, _), (.error, _),
            (.newcomer, _), (.enrolReply, _):
            checkers.report("\(direction.peer) got what is not for it: \(frame.body)")
        }
    }

    private mutating func decode(_ packet: Packet) -> Frame? {
        let lane: Lane =
            switch (packet.direction.peer, packet.direction.isToCoordinator) {
            case (.worker, true): .fromWorker
            case (.worker, false): .toWorker
            case (.client, true): .fromClient
            case (.client, false): .toClient
            }
        do {
            return try Frame.decode(packet.bytes, on: lane)
        } catch {
            checkers.report("a frame that was written cannot be read: \(error)")
            return nil
        }
    }

    /// Whether the connection of a direction is the present one of its peer.
    private func isOpen(_ direction: Direction) -> Bool {
        switch direction.peer {
        case .worker(let number): workers[number].connection == direction.connection
        case .client: true
        }
    }
}
