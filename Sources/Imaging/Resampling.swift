import Foundation

extension RGBImage {
    /// Resamples the picture with the Lanczos filter (a = 3), bit for bit as Pillow's `LANCZOS`.
    ///
    /// The filter widens with the reduction, so shrinking does not alias. Rows are resampled first, then columns, with
    /// an 8-bit picture between them, and weights are fixed-point numbers of 22 bits (Pillow, `Resample.c`).
    ///
    /// - Precondition: The new sides lie within `Limits`.
    public func resized(width newWidth: Int, height newHeight: Int) -> RGBImage {
        var image = self
        if newWidth != width { image = image.resampledRows(to: newWidth) }
        if newHeight != height { image = image.resampledColumns(to: newHeight) }
        return image
    }

    private func resampledRows(to newWidth: Int) -> RGBImage {
        let taps = ResamplingTaps(from: width, to: newWidth)
        var result = RGBImage(width: newWidth, height: height)
        result.withMutablePixels { output in
            pixels.withUnsafeBufferPointer { input in
                for y in 0..<height {
                    for x in 0..<newWidth {
                        let first = (y * width + taps.first[x]) * 3
                        let weights = taps.weights[x]
                        let target = output + (y * newWidth + x) * 3
                        for channel in 0..<3 {
                            var sum = ResamplingTaps.half
                            for tap in 0..<weights.count {
                                sum += Int(input[first + tap * 3 + channel]) * weights[tap]
                            }
                            target[channel] = ResamplingTaps.sample(sum)
                        }
                    }
                }
            }
        }
        return result
    }

    private func resampledColumns(to newHeight: Int) -> RGBImage {
        let taps = ResamplingTaps(from: height, to: newHeight)
        var result = RGBImage(width: width, height: newHeight)
        let stride = width * 3
        result.withMutablePixels { output in
            pixels.withUnsafeBufferPointer { input in
                for y in 0..<newHeight {
                    let first = taps.first[y] * stride
                    let weights = taps.weights[y]
                    let target = output + y * stride
                    for x in 0..<stride {
                        var sum = ResamplingTaps.half
                        for tap in 0..<weights.count { sum += Int(input[first + tap * stride + x]) * weights[tap] }
                        target[x] = ResamplingTaps.sample(sum)
                    }
                }
            }
        }
        return result
    }
}

/// For every output sample of one axis: the first input sample it reads and the weights from there on.
struct ResamplingTaps {
    /// The weights are multiples of 2^-22, so that eight bits of sample and two of overshoot fit 32 bits.
    static let bits = 22

    /// One half in fixed point: added before the shift, it rounds.
    static let half = 1 << (bits - 1)

    let first: [Int]
    let weights: [[Int]]

    init(from inputCount: Int, to outputCount: Int) {
        let scale = Double(inputCount) / Double(outputCount)
        let reduction = max(scale, 1)
        let support = 3 * reduction
        var first: [Int] = []
        var weights: [[Int]] = []
        for index in 0..<outputCount {
            let center = (Double(index) + 0.5) * scale
            let low = max(Int(center - support + 0.5), 0)
            let high = min(Int(center + support + 0.5), inputCount)
            let exact = (low..<high).map { Self.lanczos((Double($0) - center + 0.5) * (1 / reduction)) }
            let sum = exact.reduce(0, +)
            first.append(low)
            weights.append(
                exact.map { weight in
                    let scaled = (sum != 0 ? weight / sum : weight) * Double(1 << Self.bits)
                    return Int(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
                })
        }
        self.first = first
        self.weights = weights
    }

    /// A fixed-point sum as a sample, clipped to 0...255.
    static func sample(_ sum: Int) -> UInt8 { UInt8(min(max(sum >> bits, 0), 255)) }

    /// The windowed sinc: `sinc(x) * sinc(x / 3)` for |x| < 3, else 0, where `sinc(x) = sin(pi x) / (pi x)`.
    static func lanczos(_ x: Double) -> Double {
        guard x >= -3 && x < 3 else { return 0 }
        return sinc(x) * sinc(x / 3)
    }

    private static func sinc(_ x: Double) -> Double {
        if x == 0 { return 1 }
        let angle = x * Double.pi
        return sin(angle) / angle
    }
}
