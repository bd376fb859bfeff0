public import FarmModel

/// The sequence numbers of one peer: one row per direction and session, each from 1.
///
/// A gap is legal, because frames may vanish when a connection breaks. A number that is not larger than the last one
/// is a repetition, and the frame is to be dropped.
public struct SequenceNumbers: Hashable, Sendable {
    /// What a number says about its frame.
    public enum Verdict: Hashable, Sendable {
        /// New; so many numbers before it never came.
        case fresh(missing: UInt64)
        /// Seen before, or older than what was seen.
        case repeated
    }

    private struct Row: Hashable, Sendable {
        let session: SessionID
        var inbound: UInt64 = 0
        var outbound: UInt64 = 0
    }

    // The row used last is at the end; few sessions are alive at a time, so a search is cheap.
    private var rows: [Row] = []

    /// Starts before the first frame.
    public init() {}

    /// The number of the next frame out.
    public mutating func next(in session: SessionID) -> UInt64 {
        touch(session)
        rows[rows.count - 1].outbound += 1
        return rows[rows.count - 1].outbound
    }

    /// Judges the number of a frame that came in.
    public mutating func accept(_ number: UInt64, in session: SessionID) -> Verdict {
        touch(session)
        let last = rows[rows.count - 1].inbound
        guard number > last else { return .repeated }
        rows[rows.count - 1].inbound = number
        return .fresh(missing: number - last - 1)
    }

    private mutating func touch(_ session: SessionID) {
        if rows.last?.session == session { return }
        if let index = rows.firstIndex(where: { $0.session == session }) {
            rows.append(rows.remove(at: index))
        } else {
            if rows.count == TransportLimits.sessionsPerPeer { rows.removeFirst() }
            rows.append(Row(session: session))
        }
    }
}
