import Foundation
import Guidance
import TensorCPU
import TensorCore

/// Times every operation of an iteration, grouped by kind and shapes.
public struct OperationBench: Encodable {
    struct Row: Encodable {
        let operation: String
        let inputs: [[Int]]
        /// How often an iteration asks for it.
        let count: Int
        /// Seconds of one.
        let seconds: Spread
        /// Processor seconds of one, of all threads together.
        let cpuSeconds: Spread
        /// 10⁹ multiplications and additions a second; nil for what only moves memory.
        let gflops: Double?
        /// 10⁹ bytes of inputs and output a second.
        let gbytes: Double
        /// Share of the measured peak: of matrix products if it has multiplications, else of copies.
        let share: Double
    }

    let header: BenchHeader
    let threads: Int
    let peaks: Peaks
    let rows: [Row]

    /// Measures the operations of a few iterations where they are run.
    ///
    /// - Throws: the error of loading the models or of the loop.
    public init(_ setting: BenchSetting, threads: Int) throws {
        let backend = CPUBackend(threads: threads)
        let peaks = Peaks(on: backend)
        let clock = OperationClock(backend)
        let iterations = try BenchLoop.run(setting, setting.models.load(on: clock), clock)
        header = BenchHeader(models: setting.models)
        self.threads = threads
        self.peaks = peaks

        struct Key: Hashable {
            let operation: TensorCore.Operation
            let inputs: [Shape]
        }
        var groups: [Key: [OperationClock.Sample]] = [:]
        for sample in iterations.flatMap(\.samples) {
            groups[Key(operation: sample.operation, inputs: sample.inputs), default: []].append(sample)
        }
        let ordered = groups.map { key, samples in (key, samples, samples.reduce(0) { $0 + $1.wall }) }
            .sorted { ($0.2, "\($1.0.operation)") > ($1.2, "\($0.0.operation)") }
        rows = ordered.map { key, samples, _ in
            let seconds = Spread(samples.map(\.wall))
            let flops = Work.flops(key.operation, key.inputs, samples[0].output)
            let rate = flops * 1e-9 / seconds.median
            let traffic = Work.bytes(key.inputs, samples[0].output) * 1e-9 / seconds.median
            return Row(
                operation: "\(key.operation)", inputs: key.inputs.map(\.dimensions),
                count: samples.count / iterations.count, seconds: seconds, cpuSeconds: Spread(samples.map(\.cpu)),
                gflops: flops > 0 ? rate : nil, gbytes: traffic,
                share: flops > 0 ? rate / peaks.sgemm : traffic / peaks.memcpy)
        }
    }

    /// A table, the dearest first.
    public var text: String {
        var lines = [
            header.text,
            "peaks     sgemm \(Int(peaks.sgemm)) GFLOP/s, memcpy \(Int(peaks.memcpy)) GB/s, \(threads) threads", "",
            "  ms (processor's) × count   GFLOP/s   GB/s   share  operation",
        ]
        for row in rows where row.seconds.median * Double(row.count) >= 1e-4 {
            let shapes = row.inputs.map { $0.map(String.init).joined(separator: "×") }.joined(separator: ", ")
            lines.append(
                String(
                    format: "%7.2f (%7.2f)    × %3ld %9@ %6.1f %6.0f%%  ", row.seconds.median * 1e3,
                    row.cpuSeconds.median * 1e3, row.count,
                    (row.gflops.map { String(Int($0)) } ?? "–") as NSString, row.gbytes, row.share * 100)
                    + "\(row.operation) of \(shapes)")
        }
        return lines.joined(separator: "\n")
    }
}
