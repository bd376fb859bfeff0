/// How a worker leaves; in any mode it takes nothing new.
///
/// The worst comes last: of two wishes the later case wins.
public enum DrainMode: String, Hashable, Comparable, Sendable, CaseIterable {
    /// Finishes what runs.
    case eventual
    /// Finishes the present iteration of each attempt, stores a checkpoint and gives the attempt back.
    case checkpointed
    /// As `checkpointed` as far as that can be had in 5 seconds: the node is about to be taken away.
    case expedited
    /// Stops at once; attempts go back without blame, from their last checkpoint.
    case immediate

    /// Gentler first.
    public static func < (a: DrainMode, b: DrainMode) -> Bool { a.order < b.order }

    private var order: Int {
        switch self {
        case .eventual: 0
        case .checkpointed: 1
        case .expedited: 2
        case .immediate: 3
        }
    }
}
