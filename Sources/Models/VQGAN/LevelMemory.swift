/// What a level of the decoder keeps for the way back.
///
/// All give the same picture and the same gradient, bit for bit.
public enum LevelMemory: Hashable, Sendable {
    /// The inputs of all norms.
    case everything
    /// The inputs of the residual blocks, and of the last few what lies between their two convolutions: the way back
    /// computes it again in the others, which it comes to when less is in memory.
    case blocks(insides: Int = 0)
    /// The input of the level alone: the way back computes the blocks' inputs again, the last one first, and keeps the
    /// first `inputs` of them until it has come to them.
    case level(keeping: Int)

    /// Of how many of the last blocks the inside is kept, where they are run as they stand.
    var insides: Int {
        switch self {
        case .everything: .max
        case .blocks(let insides): insides
        case .level: 0
        }
    }
}
