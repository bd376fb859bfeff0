import FarmModel

/// Turns the reports on a binding socket into lines of the log: one per address and reason.
///
/// A failed handshake is reported without its connection; the end of that connection, which names it, is the very next
/// report. Anything else in between, and the address is not known: better none than that of somebody who did nothing.
struct StrangerLog {
    /// A line for the log.
    struct Line: Hashable {
        var reason: String
        /// Where it came from; nil where that is not certain.
        var address: String?
        /// Lines that were left out since the one before.
        var others = 0
    }

    private var addresses: [CInt: String] = [:]
    private var complaint: String?
    private var log = RefusalLog()

    /// Takes a report; a line for the log, if it is worth one.
    mutating func hear(_ report: SocketMonitor.Report, at now: Instant) -> Line? {
        let pending = complaint
        complaint = report.event.complaint
        if report.isAccepted, let descriptor = report.descriptor {
            if addresses.count >= TransportLimits.refusalsRemembered { addresses = [:] }
            addresses[descriptor] = SocketMonitor.peer(of: descriptor)
        } else if let descriptor = report.descriptor {
            let address = addresses.removeValue(forKey: descriptor)
            return pending.flatMap { line($0, address, now) }
        }
        return pending.flatMap { line($0, nil, now) }
    }

    private mutating func line(_ reason: String, _ address: String?, _ now: Instant) -> Line? {
        log.hear("\(address ?? "") \(reason)", at: now).map { Line(reason: reason, address: address, others: $0) }
    }
}
