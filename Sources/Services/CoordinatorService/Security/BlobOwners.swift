import FarmKeys
import FarmModel
import FarmTransport
import Synchronization

/// Whose connection each is that brings blobs.
///
/// Unfinished uploads belong to the key that began them: what one peer writes is no other's to go on with, or a few
/// wrong octets would spoil the upload of somebody else, and the blame would be his.
final class BlobOwners: Sendable {
    private let keys = Mutex<[Route: PublicKey]>([:])

    /// A key offers a blob.
    func note(_ key: PublicKey, at route: Route) { keys.withLock { $0[route] = key } }

    /// The octets of the key that speaks there.
    func owner(at route: Route) -> Digest? { keys.withLock { $0[route] }.flatMap { Digest($0.bytes) } }

    /// The connection is gone, or has been quiet for long.
    func forget(_ route: Route) { keys.withLock { $0[route] = nil } }
}
