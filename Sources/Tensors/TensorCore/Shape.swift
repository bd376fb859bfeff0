/// The extents of a tensor, outermost first; the last one is contiguous in memory.
///
/// Pictures are `[batch, height, width, channels]`, sequences `[batch, tokens, channels]`, a scalar is `[]`.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// Extent of every axis, each at least 1.
    public let dimensions: [Int]

    /// Makes a shape; every extent must be positive.
    public init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 > 0 }, "a shape's extents are positive, got \(dimensions)")
        self.dimensions = dimensions
    }

    /// Makes a shape from a list of extents.
    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// Number of elements: the product of the extents, 1 for a scalar.
    public var count: Int { dimensions.reduce(1, *) }

    /// Number of axes.
    public var rank: Int { dimensions.count }

    /// Extent of one axis; a negative index counts from the end, so `shape[-1]` is the number of channels.
    public subscript(axis: Int) -> Int { dimensions[axis < 0 ? axis + dimensions.count : axis] }

    /// The shape with one axis replaced.
    public func replacing(axis: Int, with extent: Int) -> Shape {
        var changed = dimensions
        changed[axis < 0 ? axis + changed.count : axis] = extent
        return Shape(changed)
    }

    /// Whether the axes of `other` are the last axes of this shape.
    public func hasSuffix(_ other: Shape) -> Bool {
        other.rank <= rank && Array(dimensions.suffix(other.rank)) == other.dimensions
    }

    /// Whether the axes of `other` are the first axes of this shape.
    public func hasPrefix(_ other: Shape) -> Bool {
        other.rank <= rank && Array(dimensions.prefix(other.rank)) == other.dimensions
    }

    /// The extents joined by `×`, as in `1×16×16×256`.
    public var description: String { rank == 0 ? "scalar" : dimensions.map(String.init).joined(separator: "×") }
}
