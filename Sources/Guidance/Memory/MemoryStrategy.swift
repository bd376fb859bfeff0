public import VQGAN

/// How a render trades time for memory.
///
/// The picture and its losses do not depend on `levels` and `keepsTransforms` in a single bit; smaller batches of views
/// add up the same sums in another order, so they give the same up to rounding.
public struct MemoryStrategy: Hashable, Sendable {
    /// What the decoder's levels keep for the way back, finest first; levels beyond the list keep everything.
    public var levels: [LevelMemory]
    /// Whether kernels stay in memory in the form that fast convolutions take, four to nine times as large.
    public var keepsTransforms: Bool
    /// Views that go through CLIP at once.
    public var cutoutBatch: Int

    /// Makes a strategy.
    public init(levels: [LevelMemory], keepsTransforms: Bool = true, cutoutBatch: Int) {
        self.levels = levels
        self.keepsTransforms = keepsTransforms
        self.cutoutBatch = cutoutBatch
    }

    /// What suits a render whose memory nobody bounds: the larger the picture, the less is kept.
    public static func usual(for spec: RenderSpec) -> MemoryStrategy {
        let area = spec.size.width * spec.size.height / Limits.frugalArea
        let frugal = max(0, Int.bitWidth - area.leadingZeroBitCount - 1)
        var levels: [LevelMemory] = area > 0 ? [.blocks(insides: 1)] : []
        // From 1024×1024 on the finest level alone would take half of a small machine.
        if frugal > Limits.frugalLevels {
            levels = Array(repeating: .blocks(), count: frugal)
            for level in 0..<frugal - Limits.frugalLevels { levels[level] = .level(keeping: level == 0 ? 0 : 2) }
        }
        return MemoryStrategy(
            levels: levels, keepsTransforms: frugal < Limits.frugalLevels,
            cutoutBatch: spec.views.batch ?? Limits.cutoutBatch)
    }

    /// The strategies worth trying for a decoder of some levels with some blocks each; `batch` is how many views go
    /// through CLIP at once if the settings say so.
    static func candidates(levels: Int, blocks: Int, batch: Int?) -> [MemoryStrategy] {
        var rungs: [[LevelMemory]] = [[]]
        for frugal in 0..<levels {
            // Only on the finest level a single block's memory makes a difference.
            for insides in (0..<(frugal == 0 ? blocks : 1)).reversed() {
                rungs.append(Array(repeating: .blocks(), count: frugal) + [.blocks(insides: insides)])
            }
        }
        for recomputed in 1...levels {
            rungs.append((0..<levels).map { $0 < recomputed ? .level(keeping: blocks - 1) : .blocks() })
        }
        for kept in (0..<max(blocks - 1, 0)).reversed() {
            rungs.append((0..<levels).map { $0 == 0 ? .level(keeping: kept) : .level(keeping: blocks - 1) })
        }
        let batches = batch.map { [$0] } ?? Limits.cutoutBatches
        return rungs.flatMap { rung in
            [true, false].flatMap { keeps in
                batches.map { MemoryStrategy(levels: rung, keepsTransforms: keeps, cutoutBatch: $0) }
            }
        }
    }
}

extension MemoryStrategy: CustomStringConvertible {
    /// As in `levels block block all, kernels kept, 8 views`.
    public var description: String {
        let words = levels.map { level in
            switch level {
            case .everything: "all"
            case .blocks(let insides): insides == 0 ? "blocks" : "blocks+\(insides)"
            case .level(let inputs): "level+\(inputs)"
            }
        }
        return "levels \(words.isEmpty ? "all" : words.joined(separator: " ")), "
            + "kernels \(keepsTransforms ? "kept" : "transformed again"), \(cutoutBatch) views at once"
    }
}
