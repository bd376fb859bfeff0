import TensorCore

/// All prompts of a render in one CLIP's space, by iteration.
///
/// The loss curve has one column per place: as many as the longest phrase has prompts, then one per image prompt, then
/// one per noise prompt. Column k holds the k-th prompt of whatever phrase is current, and 0 where a phrase has fewer.
struct PromptSchedule {
    /// Text prompts, by phrase.
    let phrases: [[Prompt]]
    /// Image and noise prompts: they stay whatever the phrase.
    let constant: [Prompt]
    let timing: StoryTiming

    /// What counts in an iteration: for each column the prompts whose losses it sums, two where one fades into another.
    func columns(at iteration: Int) -> [[Prompt]] {
        let moment = timing.moment(at: iteration)
        let phrase = phrases[moment.phrase]
        let places = phrases.reduce(0) { max($0, $1.count) }
        let texts = (0..<places).map { place -> [Prompt] in
            let next = place < phrase.count ? phrase[place] : nil
            guard let change = moment.change else { return [next].compactMap { $0 } }
            let former = place < phrases[change.from].count ? phrases[change.from][place] : nil
            return blend(former, next, share: change.share)
        }
        return texts + constant.map { [$0] }
    }

    /// Prompts at one place of two phrases turn into each other on the sphere, if they look at the same region and both
    /// attract or both repel; others, and those without a partner, fade by weight.
    private func blend(_ former: Prompt?, _ next: Prompt?, share: Float) -> [Prompt] {
        guard let former, let next, former.region == next.region, (former.weight < 0) == (next.weight < 0) else {
            return [former?.faded(to: 1 - share), next?.faded(to: share)].compactMap { $0 }
        }
        let direction = slerp(former.embedding.values, next.embedding.values, share)
        return [
            Prompt(
                embedding: Tensor(direction, shape: next.embedding.shape, on: next.embedding.backend),
                weight: former.weight * (1 - share) + next.weight * share,
                stop: share < 0.5 ? former.stop : next.stop, region: next.region)
        ]
    }
}
