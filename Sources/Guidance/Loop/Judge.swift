import CLIP
import TensorCore

/// One CLIP with what it looks at and what it looks for.
struct Judge {
    let clip: CLIPModel
    var cutouts: any Cutouts
    let prompts: PromptSchedule
    /// What masked prompts see, for every region that `prompts` names.
    let regions: [MaskRegion: RegionView]
    /// Factor of all its losses.
    var weight: Float = 1

    /// What a judge says of a picture.
    struct Verdict {
        /// The loss of every column of the prompts, in order; the number of columns never changes.
        var losses: [Float]
        /// Their sum, through which the gradient flows to the picture.
        var total: Tensor
    }

    /// The verdict, times the judge's weight.
    func weightedVerdict(of image: Tensor, seed: UInt64, iteration: Int, batch: Int) -> Verdict {
        let verdict = verdict(of: image, seed: seed, iteration: iteration, batch: batch)
        guard weight != 1 else { return verdict }
        return Verdict(losses: verdict.losses.map { $0 * weight }, total: verdict.total.affine(scale: weight))
    }

    /// Embeds views of the picture and compares them with every prompt.
    ///
    /// Prompts of one region share their views, and all regions are seen through the random parameters of this
    /// iteration. Views go through CLIP in micro-batches. Each computes its part of the loss and of the gradient of
    /// what the views are made from, and frees its tape, so that memory is bounded by one of them; a prompt's loss is
    /// the mean over all views, so a part counts by its share of them. The decoder then goes back once, with the sum.
    /// - Parameters:
    ///   - image: `[1, H, W, 3]` in [0, 1].
    ///   - seed: the render's seed.
    ///   - iteration: steps done before this one.
    ///   - batch: most views in memory at once.
    /// - Returns: the losses, and their sum with its gradient.
    func verdict(of image: Tensor, seed: UInt64, iteration: Int, batch: Int) -> Verdict {
        let columns = prompts.columns(at: iteration)
        var losses = [Float](repeating: 0, count: columns.count)
        var totals: [Tensor] = []
        for group in Group.grouping(columns) {
            let view = group.region.flatMap { regions[$0] }
            let drawn = (view == nil ? cutouts : cutouts.bordered).draw(
                height: view?.height ?? image.shape[1], width: view?.width ?? image.shape[2], seed: seed,
                iteration: iteration)
            let common = drawn.common(of: view?(image) ?? image)
            let leaf = common.detached().tracked()
            var total: Float = 0
            var slope: Tensor?
            for start in stride(from: 0, to: drawn.count, by: batch) {
                let range = start..<min(start + batch, drawn.count)
                let seen = clip.encodeImage(drawn.views(from: leaf, range))
                let share = Float(range.count) / Float(drawn.count)
                let parts = group.members.map { member -> Tensor in
                    let loss = member.prompt.loss(of: seen)
                    return range.count == drawn.count ? loss : loss.affine(scale: share)
                }
                let sum = parts.dropFirst().reduce(parts[0], +)
                for (member, part) in zip(group.members, parts) { losses[member.column] += part.scalar }
                total += sum.scalar
                let part = gradient(of: sum, withRespectTo: [leaf])[0]
                slope = slope.map { $0 + part } ?? part
            }
            let value = Tensor([total], shape: [], on: image.backend)
            totals.append(slope.map { value.withGradient($0, of: common) } ?? value)
        }
        let first = totals.first ?? Tensor([0], shape: [], on: image.backend)
        return Verdict(losses: losses, total: totals.dropFirst().reduce(first, +))
    }

    /// Prompts that look at the same part of the picture, one at least.
    private struct Group {
        let region: MaskRegion?
        var members: [(column: Int, prompt: Prompt)]

        /// The groups of some columns, in the order of their first prompts.
        static func grouping(_ columns: [[Prompt]]) -> [Group] {
            var groups: [Group] = []
            for (column, prompts) in columns.enumerated() {
                for prompt in prompts {
                    if let known = groups.firstIndex(where: { $0.region == prompt.region }) {
                        groups[known].members.append((column, prompt))
                    } else {
                        groups.append(Group(region: prompt.region, members: [(column, prompt)]))
                    }
                }
            }
            return groups
        }
    }
}
