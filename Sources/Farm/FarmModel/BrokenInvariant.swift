/// A state that contradicts itself, in one line: a bug of a machine, found by its own check.
public struct BrokenInvariant: Error, Hashable, Sendable, CustomStringConvertible {
    /// What does not fit.
    public let description: String

    /// Makes an error.
    public init(_ description: String) { self.description = description }

    /// Throws unless a condition holds.
    @inlinable
    public static func unless(
        _ condition: Bool, _ description: @autoclosure () -> String
    ) throws(BrokenInvariant) {
        if !condition { throw BrokenInvariant(description()) }
    }
}
