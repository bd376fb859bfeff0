import Foundation

/// How the step size changes over a render.
public enum LearningRateSchedule: String, SettingChoice, Codable {
    /// The same in every step.
    case constant
    /// Half a cosine from the full rate down to a fifth of it.
    case cosine

    /// The step size of step `iteration` (from 0) out of `total`.
    public func rate(_ base: Double, iteration: Int, of total: Int) -> Double {
        switch self {
        case .constant: base
        case .cosine: base * (0.2 + 0.8 * 0.5 * (1 + cos(Double.pi * Double(iteration) / Double(total))))
        }
    }
}

extension DescentSettings {
    /// The step size of step `iteration` (from 0) out of `total`, a function of these two numbers alone.
    ///
    /// It grows in even steps during the warm-up and follows the schedule over the rest; every drop that has been
    /// reached divides it once more.
    public func rate(at iteration: Int, of total: Int) -> Double {
        let warmup = min(self.warmup ?? 0, total)
        if iteration < warmup { return learningRate * Double(iteration + 1) / Double(warmup + 1) }
        let rate = schedule.rate(learningRate, iteration: iteration - warmup, of: max(1, total - warmup))
        let drops = (learningRateDrops?.numbers ?? []).filter { Double(iteration) >= $0 * Double(total) }
        return drops.reduce(rate) { rate, _ in rate / (learningRateDropFactor ?? Self.defaultDropFactor) }
    }
}
