import Glibc

/// The sockets of a proxy; lives on the proxy's thread.
struct ProxyLoop {
    /// A connection through the proxy.
    private struct Link {
        let client: Int32
        let server: Int32
        var toServer = Pipe()
        var toClient = Pipe()
        var isBroken = false
    }

    private var listeners: [(socket: Int32, target: UInt16)] = []
    private var links: [Link] = []
    private var splitUntil: ContinuousClock.Instant?
    private var dice: Dice

    init(listeners: [(socket: Int32, target: UInt16)], dice: Dice) {
        self.listeners = listeners
        self.dice = dice
    }

    /// Waits up to 10 ms for something to do, and does it.
    mutating func turn() {
        let now = ContinuousClock.now
        let isSplit = splitUntil.map { now < $0 } ?? false
        var polls = listeners.map { pollfd(fd: $0.socket, events: isSplit ? 0 : Int16(POLLIN), revents: 0) }
        for link in links {
            polls.append(interest(link.client, link.toServer, link.toClient, now))
            polls.append(interest(link.server, link.toClient, link.toServer, now))
        }
        guard poll(&polls, nfds_t(polls.count), 10) > 0 else { return }
        let later = ContinuousClock.now
        let first = listeners.count
        for index in links.indices {
            move(index, client: polls[first + 2 * index].revents, server: polls[first + 2 * index + 1].revents, later)
        }
        for index in listeners.indices where polls[index].revents & Int16(POLLIN) != 0 { accept(index) }
        for link in links where link.isBroken || (link.toServer.isDone && link.toClient.isDone) { close(link) }
        links.removeAll { $0.isBroken || ($0.toServer.isDone && $0.toClient.isDone) }
    }

    /// Begins a fault; how many connections it meets.
    mutating func begin(_ fault: ProxyFault) -> Int {
        let now = ContinuousClock.now
        var count = 0
        switch fault {
        case .drop(let share):
            for index in chosen(share) {
                reset(links[index].client)
                reset(links[index].server)
                links[index].isBroken = true
                count += 1
            }
            for link in links where link.isBroken { close(link) }
            links.removeAll(where: \.isBroken)
        case .halfClose(let share, let side):
            for index in chosen(share) {
                switch side {
                case .client: links[index].toClient.halfClose(links[index].client)
                case .server: links[index].toServer.halfClose(links[index].server)
                }
                count += 1
            }
        case .stall(let share, let side, let duration):
            for index in chosen(share) {
                switch side {
                case .client: links[index].toClient.stalledUntil = now + duration
                case .server: links[index].toServer.stalledUntil = now + duration
                }
                count += 1
            }
        case .delay(let share, let delay, let duration):
            for index in chosen(share) {
                (links[index].toServer.delay, links[index].toServer.delayedUntil) = (delay, now + duration)
                (links[index].toClient.delay, links[index].toClient.delayedUntil) = (delay, now + duration)
                count += 1
            }
        case .split(let duration):
            splitUntil = now + duration
            for index in links.indices {
                links[index].toServer.stalledUntil = now + duration
                links[index].toClient.stalledUntil = now + duration
                count += 1
            }
        case .heal:
            splitUntil = nil
            for index in links.indices {
                links[index].toServer.heal(now)
                links[index].toClient.heal(now)
            }
        }
        return count
    }

    /// Closes everything.
    mutating func end() {
        for link in links { close(link) }
        for listener in listeners { Glibc.close(listener.socket) }
        (links, listeners) = ([], [])
    }

    // MARK: - Parts

    private mutating func chosen(_ share: Double) -> [Int] { links.indices.filter { _ in dice.chance(share) } }

    /// What to ask of a socket; one that hung up is not asked at all while nothing is to be done about it.
    private func interest(
        _ socket: Int32, _ outgoing: Pipe, _ incoming: Pipe, _ now: ContinuousClock.Instant
    ) -> pollfd {
        let events = (outgoing.wantsToRead ? Int16(POLLIN) : 0) | (incoming.isDue(now) ? Int16(POLLOUT) : 0)
        return pollfd(fd: events == 0 ? -1 : socket, events: events, revents: 0)
    }

    private mutating func move(_ index: Int, client: Int16, server: Int16, _ now: ContinuousClock.Instant) {
        var link = links[index]
        let readable = Int16(POLLIN | POLLHUP | POLLERR)
        var lives = true
        if client & readable != 0, link.toServer.wantsToRead {
            lives = lives && link.toServer.read(from: link.client, now: now)
        }
        if server & readable != 0, link.toClient.wantsToRead {
            lives = lives && link.toClient.read(from: link.server, now: now)
        }
        if link.toServer.isDue(now) { lives = lives && link.toServer.write(to: link.server, now: now) }
        if link.toClient.isDue(now) { lives = lives && link.toClient.write(to: link.client, now: now) }
        // Both sides are told of an error or a hang-up at once where nothing is left to read.
        if (client | server) & Int16(POLLERR) != 0 { lives = false }
        link.isBroken = !lives
        links[index] = link
    }

    private mutating func accept(_ index: Int) {
        let client = Glibc.accept(listeners[index].socket, nil, nil)
        guard client >= 0 else { return }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        let server = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        // On loopback a refusal is known at once, or with the first write.
        guard server >= 0, connectLoopback(server, listeners[index].target) else {
            Glibc.close(client)
            if server >= 0 { Glibc.close(server) }
            return
        }
        links.append(Link(client: client, server: server))
    }

    private func connectLoopback(_ socket: Int32, _ port: UInt16) -> Bool {
        var address = Loopback.address(port)
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return outcome == 0 || errno == EINPROGRESS
    }

    /// Makes the close that follows a reset instead of an end in order.
    private func reset(_ socket: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    private func close(_ link: Link) {
        Glibc.close(link.client)
        Glibc.close(link.server)
    }
}
