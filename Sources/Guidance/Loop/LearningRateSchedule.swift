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
