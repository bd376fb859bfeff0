import FarmModel
import FarmTransport
import OrderedCollections

/// What receivers say of blobs: that one they got is not what its name says, or that one they were told of is not here.
///
/// Only who got the whole of a blob can complain of it, and each blob is looked at no more than once in a while, so that
/// nobody keeps the disk or the planner busy with complaints.
struct BlobComplaints {
    typealias Key = BlobReceivers<Route>.Key

    /// What transfers under way bring.
    private var going: [Key: Digest] = [:]
    /// What the newest transfers brought, oldest first.
    private var brought: OrderedDictionary<Key, Digest> = [:]
    /// Ticks before a blob may be doubted again.
    private var rests: [Digest: Int] = [:]
    /// Blobs that were asked for in vain since the last tick.
    private var missed: Set<Digest> = []

    /// A blob goes out in a transfer.
    mutating func begins(_ digest: Digest, in key: Key) { going[key] = digest }

    /// A transfer is over; whether the receiver was sent the whole.
    mutating func ends(_ key: Key, isWhole: Bool) {
        guard let digest = going.removeValue(forKey: key), isWhole else { return }
        if brought.count >= Limits.transfers { brought.removeFirst(Limits.transfers / 4) }
        brought[key] = digest
    }

    /// The receiver of a transfer found something else in it; the blob, if it is worth a look.
    mutating func heard(of key: Key) -> Digest? {
        guard let digest = brought.removeValue(forKey: key), rests[digest] == nil, rests.count < Limits.transfers
        else { return nil }
        rests[digest] = Limits.doubtTicks
        return digest
    }

    /// A blob was asked for that is not here; whether that is worth a look.
    mutating func misses(_ digest: Digest) -> Bool {
        missed.count < Limits.missedBlobs && missed.insert(digest).inserted
    }

    /// A peer is gone.
    mutating func drop(_ route: Route) {
        going = going.filter { $0.key.peer != route }
        brought.removeAll { $0.key.peer == route }
    }

    /// Time has passed.
    mutating func tick() {
        rests = rests.compactMapValues { $0 > 1 ? $0 - 1 : nil }
        missed = []
    }
}
