/// Octets that nobody changes: an array's, or some that lie where they came, in memory that its owner keeps for as long
/// as anybody refers to them.
///
/// Most of what a farm moves are octets of blobs, and they are not copied only to be handed on.
public struct Octets: Sendable {
    private enum Place: @unchecked Sendable {  // guarded by the owner of a pointer: nobody writes there
        case array(ArraySlice<UInt8>)
        case lent(UnsafeRawBufferPointer, owner: any AnyObject & Sendable)
    }

    private let place: Place

    private init(_ place: Place) { self.place = place }

    /// Those of an array.
    public init(_ array: [UInt8]) { place = .array(array[...]) }

    /// Those that `owner` keeps unchanged as long as it lives.
    public init(_ bytes: UnsafeRawBufferPointer, keptBy owner: any AnyObject & Sendable) {
        place = .lent(bytes, owner: owner)
    }

    /// How many.
    public var count: Int {
        switch place {
        case .array(let array): array.count
        case .lent(let bytes, _): bytes.count
        }
    }

    /// A copy.
    public var array: [UInt8] {
        switch place {
        case .array(let array): Array(array)
        case .lent: withUnsafeBytes { Array($0) }
        }
    }

    /// The first ones, at most so many; they stay where they are.
    public func prefix(_ limit: Int) -> Octets {
        switch place {
        case .array(let array): Octets(.array(array.prefix(limit)))
        case .lent(let bytes, let owner): Octets(UnsafeRawBufferPointer(rebasing: bytes.prefix(limit)), keptBy: owner)
        }
    }

    /// All but the first ones; they stay where they are.
    public func dropFirst(_ octets: Int) -> Octets {
        switch place {
        case .array(let array): Octets(.array(array.dropFirst(octets)))
        case .lent(let bytes, let owner):
            Octets(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(octets)), keptBy: owner)
        }
    }

    /// Calls `body` with them; the pointer is good no longer than that.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch place {
        case .array(let array): try array.withUnsafeBytes(body)
        case .lent(let bytes, let owner): try withExtendedLifetime(owner) { try body(bytes) }
        }
    }
}

extension Octets: Hashable {
    /// Whether both are the same, wherever they lie.
    public static func == (one: Octets, other: Octets) -> Bool {
        one.withUnsafeBytes { left in other.withUnsafeBytes { right in left.elementsEqual(right) } }
    }

    /// Hashes what they are, not where they lie.
    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension Octets: ExpressibleByArrayLiteral {
    /// Those of a literal.
    public init(arrayLiteral elements: UInt8...) { self.init(elements) }
}
