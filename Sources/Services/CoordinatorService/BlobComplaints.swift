import FarmModel
import FarmTransport
import OrderedCollections

/// What receivers say of blobs that were sent to them: that they are not what their names say.
///
/// Only what was sent to a peer can be complained of, and each blob is looked at no more than once in a while, so that
/// nobody keeps the disk busy with complaints.
struct BlobComplaints {
    typealias Key = BlobReceivers<Route>.Key

    /// What the newest transfers bring, oldest first.
    private var sent: OrderedDictionary<Key, Digest> = [:]
    /// Ticks before a blob may be doubted again.
    private var rests: [Digest: Int] = [:]

    /// A blob goes out in a transfer.
    mutating func sends(_ digest: Digest, in key: Key) {
        if sent.count >= Limits.transfers { sent.removeFirst(Limits.transfers / 4) }
        sent[key] = digest
    }

    /// The receiver of a transfer found something else in it; the blob, if it is worth a look.
    mutating func heard(of key: Key) -> Digest? {
        guard let digest = sent.removeValue(forKey: key), rests[digest] == nil, rests.count < Limits.transfers else {
            return nil
        }
        rests[digest] = Limits.doubtTicks
        return digest
    }

    /// A peer is gone.
    mutating func drop(_ route: Route) { sent.removeAll { $0.key.peer == route } }

    /// Time has passed.
    mutating func tick() { rests = rests.compactMapValues { $0 > 1 ? $0 - 1 : nil } }
}
