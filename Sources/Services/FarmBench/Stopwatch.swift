import Glibc

/// The monotonic clock in whole microseconds.
enum Stopwatch {
    static var microseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Seconds since an earlier reading.
    static func seconds(since start: Int64) -> Double { Double(microseconds - start) / 1e6 }
}

/// Durations, summed up by rank.
struct Latencies: Encodable {
    /// How many were measured.
    let count: Int
    /// Half of them were shorter, milliseconds.
    let p50: Double
    /// All but one in a hundred were shorter, milliseconds.
    let p99: Double
    /// The longest, milliseconds.
    let max: Double

    /// Nil if there is none.
    init?(microseconds: [Int64]) {
        guard let last = microseconds.max() else { return nil }
        let sorted = microseconds.sorted()
        func rank(_ share: Double) -> Double {
            Double(sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]) / 1000
        }
        (count, p50, p99, max) = (sorted.count, rank(0.5), rank(0.99), Double(last) / 1000)
    }

    private enum CodingKeys: String, CodingKey {
        case count
        case p50 = "p50_ms"
        case p99 = "p99_ms"
        case max = "max_ms"
    }
}
