import Glibc

/// The taps of the low-pass before a reduction from `input` to `output` pixels: Lanczos' window of two lobes.
///
/// With `r = output/input` and `m = ⌈2/r + 1⌉`, positions 0, r, 2r, … up to the m-th, mirrored without doubling 0, the
/// first and the last dropped: `2m − 3` weights `sinc(x)·sinc(x/2)`, zero from 2 on, normalised.
public func lanczosTaps(from input: Int, to output: Int) -> [Double] {
    precondition(output > 0 && output < input, "no low-pass between \(input) and \(output) pixels")
    let ratio = Double(output) / Double(input)
    let count = Int((2 / ratio + 1).rounded(.up))
    func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(Double.pi * x) / (Double.pi * x) }
    var (half, position) = ([Double](), 0.0)
    for _ in 0..<(count - 1) {
        half.append(position < 2 ? sinc(position) * sinc(position / 2) : 0)
        position += ratio
    }
    let taps = half.dropFirst().reversed() + half
    let sum = taps.reduce(0, +)
    return taps.map { $0 / sum }
}

/// The rows of the published scripts' `resample` along one axis: `[output, input]`, row-major.
///
/// Where the axis shrinks, a low-pass by `lanczosTaps(from:to:)` over the reflected axis; then cubic interpolation
/// (a = −¾) with the corners of both grids on each other and the border held, which by itself does not smooth.
public func resampleMatrix(from input: Int, to output: Int) -> [Float] {
    precondition(input > 0 && output > 0, "cannot resample \(input) pixels to \(output)")
    let taps = output < input ? lanczosTaps(from: input, to: output) : [1]
    let reach = taps.count / 2
    precondition(reach < input, "\(taps.count) taps are too many to reflect at \(input) pixels")
    let step = output > 1 ? Double(input - 1) / Double(output - 1) : 0
    var matrix = [Float](repeating: 0, count: output * input)
    var row = [Double](repeating: 0, count: input)
    for target in 0..<output {
        let position = step * Double(target)
        let whole = Int(position)
        for index in row.indices { row[index] = 0 }
        for (offset, weight) in zip(-1...2, cubicWeights(position - Double(whole))) {
            let center = min(max(whole + offset, 0), input - 1)
            for (place, tap) in taps.enumerated() {
                var index = abs(center + place - reach)
                if index >= input { index = 2 * (input - 1) - index }
                row[index] += weight * tap
            }
        }
        for index in row.indices { matrix[target * input + index] = Float(row[index]) }
    }
    return matrix
}

/// Weights of the pixels −1, 0, 1 and 2 for a point at `t` behind pixel 0 (Keys 1981 with a = −¾).
private func cubicWeights(_ t: Double) -> [Double] {
    let a = -0.75
    func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Double) -> Double { ((x - 5) * x + 8) * a * x - 4 * a }
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]
}
