import Foundation

/// Round numbers along an axis.
struct Ticks: Equatable {
    /// The values, ascending, all inside the axis.
    let values: [Double]

    /// The distance of neighbors: 1, 2 or 5 times a power of ten.
    let step: Double

    /// Chooses round numbers between two ends.
    ///
    /// - Precondition: Both ends are finite, their distance is too, and `low < high`.
    init(from low: Double, to high: Double, about count: Int) {
        precondition(low < high && (high - low).isFinite, "an axis goes from low to high, not \(low) to \(high)")
        let rough = (high - low) / Double(max(count, 1))
        let power = pow(10, floor(log10(rough)))
        let step = ([1, 2, 5].first { $0 * power >= rough * 0.999 } ?? 10) * power
        let first = (low / step - 1e-9).rounded(.up)
        let last = (high / step + 1e-9).rounded(.down)
        self.step = step
        // Both ends are within a few steps of each other, whatever their size; the bound guards against rounding.
        let number = last >= first ? min(Int(last - first), 100) + 1 : 0
        // Adding zero turns the minus zero of a rounded negative into zero.
        values = (0..<number).map { (first + Double($0)) * step + 0 }
    }

    /// The value as text, with as many decimals as the step needs.
    func label(_ value: Double) -> String {
        let largest = values.map(abs).max() ?? 0
        if largest >= 1e6 || step < 1e-4 { return String(format: "%.3g", value) }
        let decimals = max(0, Int((-log10(step) + 1e-9).rounded(.up)))
        return String(format: "%.\(decimals)f", value)
    }
}
