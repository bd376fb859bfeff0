public import FarmModel

extension WallTime {
    /// The time as `2026-01-31T23:59:59.123Z`: ISO 8601, UTC, milliseconds.
    ///
    /// Days become a date by counting in eras of 400 years that begin on a first of March, so that a leap day is the
    /// last day of its year (H. Hinnant, *chrono-compatible low-level date algorithms*). Years beyond 9999 have more
    /// digits.
    public var iso8601: String {
        func floored(_ value: Int64, by divisor: Int64) -> (quotient: Int64, rest: Int64) {
            let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
            return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
        }
        func padded(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let (days, ofDay) = floored(milliseconds, by: 86_400_000)
        let (era, dayOfEra) = floored(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let seconds = ofDay / 1_000
        let clock = "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(date)T\(clock).\(padded(ofDay % 1_000, 3))Z"
    }
}
