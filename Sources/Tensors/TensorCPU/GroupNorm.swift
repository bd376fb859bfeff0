import TensorCore

/// The extents of a GroupNorm over `[N, H·W, C]`.
struct GroupExtents {
    let samples: Int
    let pixels: Int
    let channels: Int
    let groups: Int

    init(_ shape: Shape, groups: Int) {
        samples = shape[0]
        pixels = shape[1] * shape[2]
        channels = shape[3]
        self.groups = groups
    }

    /// Channels of one group.
    var width: Int { channels / groups }
    /// Pixels of one chunk: whole runs of the statistics.
    var run: Int {
        let runs = max(1, Limits.normalizationChunk / (channels * Limits.statisticsRun))
        return min(pixels, runs * Limits.statisticsRun)
    }
    /// Chunks of one sample.
    var runs: Int { (pixels + run - 1) / run }
}

extension CPUBackend {
    /// `y = a((x - mean) · rstd · scale + shift)` with mean and deviation of every group of channels.
    func groupNorm(
        _ x: Input, scale: Input, shift: Input, groups: Int, epsilon: Float, activation: Activation?,
        into y: UnsafeMutablePointer<Float>
    ) {
        let extents = GroupExtents(x.shape, groups: groups)
        let statistics = groupStatistics(x, extents, epsilon: epsilon)
        let lines = groupLines(extents, statistics, scale: scale, shift: shift)
        withExtendedLifetime(lines) {
            forEachRun(extents) { sample, first, count, _, _ in
                let gain = lines.elements + 3 &* sample &* extents.channels
                Kernels.normalize(
                    x.pointer + first &* extents.channels, gain: gain, offset: gain + extents.channels,
                    pixels: count, channels: extents.channels, activation, into: y + first &* extents.channels)
            }
        }
    }

    /// `dx = rstd · (u - mean(u) - x̂ · mean(u·x̂))` over every group, with `u = dy · a'(…) · scale`.
    func groupNormBackward(
        _ x: Input, scale: Input, shift: Input, cotangent: Input, groups: Int, epsilon: Float,
        activation: Activation?, into dx: UnsafeMutablePointer<Float>
    ) {
        let extents = GroupExtents(x.shape, groups: groups)
        let channels = extents.channels
        let statistics = groupStatistics(x, extents, epsilon: epsilon)
        let lines = groupLines(extents, statistics, scale: scale, shift: shift)
        withExtendedLifetime((statistics, lines)) {
            // u is left in dx while its sums are formed.
            let sums = sumChannels(extents) { sample, first, count, sum, product in
                let gain = lines.elements + 3 &* sample &* channels
                let offset = first &* channels
                Kernels.scaleCotangent(
                    x.pointer + offset, cotangent.pointer + offset,
                    lines: .init(
                        gain: gain, offset: gain + channels, scale: scale.pointer, pivot: gain + 2 &* channels),
                    pixels: count, channels: channels, activation, into: dx + offset, sum, product)
            }
            let lines = groupGradientLines(extents, statistics, sums)
            withExtendedLifetime(lines) {
                forEachRun(extents) { sample, first, count, _, _ in
                    let line = lines.elements + 3 &* sample &* channels
                    Kernels.combine(
                        UnsafePointer(dx + first &* channels), x.pointer + first &* channels, line,
                        pixels: count, channels: channels, into: dx + first &* channels)
                }
            }
        }
    }

    /// Runs of pixels of every sample: sample, first pixel (over the batch), number of pixels, run, lane.
    private func forEachRun(_ extents: GroupExtents, _ body: (Int, Int, Int, Int, Int) -> Void) {
        let (run, runs) = (extents.run, extents.runs)
        pool.run(chunks: extents.samples * runs) { chunk, lane in
            let (sample, start) = (chunk / runs, chunk % runs &* run)
            body(sample, sample &* extents.pixels &+ start, min(run, extents.pixels &- start), chunk, lane)
        }
    }

    /// Two sums per channel of every sample, `[N][2][C]` in double precision.
    ///
    /// `body` adds a short run of pixels to two rows of floats; runs join in their order.
    private func sumChannels(
        _ extents: GroupExtents,
        _ body: (Int, Int, Int, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) -> [Double] {
        let channels = extents.channels
        var totals = [Double](repeating: 0, count: 2 * channels * extents.samples)
        let chunks = extents.samples * extents.runs
        var partial = [Double](repeating: 0, count: 2 * channels * chunks)
        partial.withUnsafeMutableBufferPointer { partial in
            guard let base = partial.baseAddress else { return }
            withScratch(2 * channels, chunks: chunks) { scratch in
                forEachRun(extents) { sample, first, count, chunk, lane in
                    let (sums, target) = (scratch[lane], base + 2 &* channels &* chunk)
                    for start in stride(from: first, to: first &+ count, by: Limits.statisticsRun) {
                        sums.update(repeating: 0, count: 2 &* channels)
                        body(
                            sample, start, min(Limits.statisticsRun, first &+ count &- start), sums, sums + channels)
                        for c in 0..<2 &* channels { target[c] += Double(sums[c]) }
                    }
                }
            }
            for chunk in 0..<chunks {
                let total = chunk / extents.runs * 2 * channels
                for c in 0..<2 * channels { totals[total + c] += partial[chunk * 2 * channels + c] }
            }
        }
        return totals
    }

    /// Mean and reciprocal deviation of every group, `[N, G, 2]`; kept with `x`, whose gradient will want them again.
    private func groupStatistics(_ x: Input, _ extents: GroupExtents, epsilon: Float) -> CPUBuffer {
        let layout = DerivedLayout.groupStatistics(
            samples: extents.samples, channels: extents.channels, groups: extents.groups, epsilon: epsilon)
        return x.buffer.layout(layout) {
            let (channels, width, pixels) = (extents.channels, extents.width, extents.pixels)
            // Sums are taken relative to the first pixel of each sample, so that a large mean cancels nothing.
            let sums = sumChannels(extents) { sample, first, count, sum, square in
                Kernels.accumulateSquares(
                    x.pointer + first &* channels, pivot: x.pointer + sample &* pixels &* channels, pixels: count,
                    channels: channels, sum, square)
            }
            let statistics = allocate(2 * extents.samples * extents.groups)
            for sample in 0..<extents.samples {
                let (row, pivot) = (2 * sample * channels, x.pointer + sample * pixels * channels)
                for group in 0..<extents.groups {
                    let members = group * width..<(group + 1) * width
                    let means = members.map { Double(pivot[$0]) + sums[row + $0] / Double(pixels) }
                    let mean = means.reduce(0, +) / Double(width)
                    var spread = 0.0
                    for (channel, own) in zip(members, means) {
                        let sum = sums[row + channel]
                        spread += sums[row + channels + channel] - sum * sum / Double(pixels)
                        spread += Double(pixels) * (own - mean) * (own - mean)
                    }
                    let variance = max(0, spread / Double(pixels * width))
                    let place = statistics.pointer + 2 * (sample * extents.groups + group)
                    place[0] = Float(mean)
                    place[1] = Float(1 / (variance + Double(epsilon)).squareRoot())
                }
            }
            return statistics
        }
    }

    /// Gain, offset and mean of every channel, `[N, 3, C]`: `x·gain + offset` is normalised, scaled and shifted.
    private func groupLines(
        _ extents: GroupExtents, _ statistics: CPUBuffer, scale: Input, shift: Input
    ) -> CPUBuffer {
        let lines = allocate(3 * extents.samples * extents.channels)
        for sample in 0..<extents.samples {
            let line = lines.pointer + 3 * sample * extents.channels
            for channel in 0..<extents.channels {
                let place = statistics.pointer + 2 * (sample * extents.groups + channel / extents.width)
                let gain = place[1] * scale.pointer[channel]
                line[channel] = gain
                line[extents.channels + channel] = shift.pointer[channel] - place[0] * gain
                line[2 * extents.channels + channel] = place[0]
            }
        }
        return lines
    }

    /// Factors of `u` and `x` and a constant, `[N, 3, C]`: `dx = rstd·u + a·x + b`.
    private func groupGradientLines(_ extents: GroupExtents, _ statistics: CPUBuffer, _ sums: [Double]) -> CPUBuffer {
        let (channels, width) = (extents.channels, extents.width)
        let lines = allocate(3 * extents.samples * channels)
        let elements = Double(extents.pixels * width)
        for sample in 0..<extents.samples {
            let (row, line) = (2 * sample * channels, lines.pointer + 3 * sample * channels)
            for group in 0..<extents.groups {
                let members = group * width..<(group + 1) * width
                let place = statistics.pointer + 2 * (sample * extents.groups + group)
                let (mean, rstd) = (Double(place[0]), Double(place[1]))
                let sum = members.reduce(0) { $0 + sums[row + $1] }
                let product = members.reduce(0) { $0 + sums[row + channels + $1] }
                let first = sum / elements
                let second = product * rstd / elements
                for channel in members {
                    line[channel] = Float(rstd)
                    line[channels + channel] = Float(-rstd * rstd * second)
                    line[2 * channels + channel] = Float(rstd * (mean * rstd * second - first))
                }
            }
        }
        return lines
    }
}
