/// What a level of the decoder keeps for the way back.
///
/// All give the same picture and the same gradient, bit for bit.
public enum LevelMemory: Hashable, Sendable {
    /// The inputs of all norms.
    case everything
    /// The inputs of the residual blocks: the way back computes what lies between a block's two convolutions again.
    case blocks
    /// The input of the level alone: the way back computes the blocks' inputs again, the last one first, and keeps the
    /// first `inputs` of them until it has come to them.
    case level(keeping: Int)
}
