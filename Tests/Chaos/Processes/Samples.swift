/// The coordinator's memory and descriptors over a run, and whether they grow.
struct Samples {
    /// One look at one process.
    struct Sample {
        /// Seconds since the run began.
        var time: Double
        /// Which start of the coordinator.
        var life: Int
        /// MiB of its own.
        var memory: Double
        var descriptors: Double
    }

    private(set) var all: [Sample] = []

    mutating func add(_ sample: Sample) { all.append(sample) }

    /// Largest values.
    var peakMemory: Double { all.map(\.memory).max() ?? 0 }
    var peakDescriptors: Double { all.map(\.descriptors).max() ?? 0 }

    /// MiB per minute, by least squares over all samples.
    var memorySlope: Double { slope(\.memory) * 60 }
    /// Descriptors per minute, by least squares over all samples.
    var descriptorSlope: Double { slope(\.descriptors) * 60 }

    /// What the slopes amount to over the time sampled.
    var memoryGrowth: Double { slope(\.memory) * span }
    var descriptorGrowth: Double { slope(\.descriptors) * span }

    private var span: Double { (all.last?.time ?? 0) - (all.first?.time ?? 0) }

    private func slope(_ value: KeyPath<Sample, Double>) -> Double {
        guard all.count > 10 else { return 0 }
        let count = Double(all.count)
        let time = all.reduce(0) { $0 + $1.time } / count
        let mean = all.reduce(0) { $0 + $1[keyPath: value] } / count
        let spread = all.reduce(0) { $0 + ($1.time - time) * ($1.time - time) }
        let common = all.reduce(0) { $0 + ($1.time - time) * ($1[keyPath: value] - mean) }
        return spread > 0 ? common / spread : 0
    }
}
