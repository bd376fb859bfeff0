import Foundation
import Synchronization

/// A TCP proxy between workers or clients and a coordinator, on a thread of its own.
///
/// It stalls, delays, drops and half-closes connections; it never changes a byte.
final class Proxy: Sendable {
    private struct State {
        var faults: [ProxyFault] = []
        var isEnding = false
        var hasEnded = false
    }

    /// Where each target is reached through the proxy, in the order given.
    let ports: [UInt16]
    private let state = Mutex(State())

    /// Listens on a free port for each target port of loopback.
    init(to targets: [UInt16], seed: UInt64) throws {
        let listeners = try targets.map { target in
            let (socket, port) = try Loopback.listener()
            return (socket: socket, target: target, port: port)
        }
        ports = listeners.map(\.port)
        let loop = ProxyLoop(listeners: listeners.map { ($0.socket, $0.target) }, dice: Dice(seed: seed))
        Thread.detachNewThread { [self] in work(loop) }
    }

    /// Begins a fault within a moment.
    func begin(_ fault: ProxyFault) {
        state.withLock { $0.faults.append(fault) }
    }

    /// Closes everything and waits until that is done.
    func end() async {
        state.withLock { $0.isEnding = true }
        while !state.withLock(\.hasEnded) { try? await Task.sleep(for: .milliseconds(5)) }
    }

    private func work(_ start: ProxyLoop) {
        var loop = start
        while true {
            loop.turn()
            let (faults, isEnding) = state.withLock { state in
                defer { state.faults = [] }
                return (state.faults, state.isEnding)
            }
            for fault in faults { _ = loop.begin(fault) }
            if isEnding {
                loop.end()
                state.withLock { $0.hasEnded = true }
                return
            }
        }
    }
}
