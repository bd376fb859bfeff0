import Glibc
import TensorCore

extension Operation {
    /// The forward operations that are not linear in their first input.
    func nonlinearReference(_ inputs: [Reference], shape: Shape) -> [Double] {
        let x = inputs[0]
        /// Every element of the first input with the one of the second that belongs to it.
        func suffix(_ f: (Double, Double) -> Double) -> [Double] {
            x.values.enumerated().map { f($1, inputs[1].values[$0 % inputs[1].values.count]) }
        }
        func prefix(_ f: (Double, Double) -> Double) -> [Double] {
            let run = x.values.count / inputs[1].values.count
            return x.values.enumerated().map { f($1, inputs[1].values[$0 / run]) }
        }
        switch self {
        case .add: return suffix(+)
        case .subtract: return suffix(-)
        case .multiply: return suffix(*)
        case .addPrefix: return prefix(+)
        case .multiplyPrefix: return prefix(*)
        case .affine(let scale, let shift): return x.values.map { Double(scale) * $0 + Double(shift) }
        case .activation(let activation): return x.values.map(activation.reference)
        case .clamp(let low, let high, _): return x.values.map { min(max($0, Double(low)), Double(high)) }
        case .clampChannels:
            let width = x.shape[-1]
            return x.values.enumerated().map { place, value in
                min(max(value, inputs[1].values[place % width]), inputs[2].values[place % width])
            }
        case .softmax: return x.mapRows(softmaxReference).values
        case .attention(let heads, let causal): return attentionReference(x, heads: heads, causal: causal)
        case .groupNorm(let groups, let epsilon, let activation):
            return groupNormReference(inputs, groups: groups, epsilon: Double(epsilon), activation)
        case .layerNorm(let epsilon):
            return x.mapRows { row in
                zip(normalized(row, epsilon: Double(epsilon)), zip(inputs[1].values, inputs[2].values)).map {
                    $0 * $1.0 + $1.1
                }
            }.values
        case .adaptiveMaxPool(let height, let width):
            var result = [Double](repeating: 0, count: shape.count)
            eachWindow(of: x.shape, height: height, width: width) { output, members in
                result[output] = members.map { x.values[$0] }.max() ?? 0
            }
            return result
        case .adjustColor(let adjustment):
            let run = x.values.count / x.shape[0] / 3
            return x.rows.enumerated().flatMap { adjustment.reference($1, factor: inputs[1].values[$0 / run]) }
        case .concatenate(let axis):
            var result = [Double](repeating: 0, count: shape.count)
            var start = 0
            for input in inputs {
                eachIndex(input.shape) { index, place in
                    var target = index
                    target[axis < 0 ? axis + shape.rank : axis] += start
                    result[shape.place(target)] = input.values[place]
                }
                start += input.shape[axis]
            }
            return result
        case .gather: return inputs[1].values.flatMap { x.rows[Int($0)] }
        case .nearestCode:
            return x.rows.map { row in
                let distances = inputs[1].rows.map { code in
                    zip(row, code).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                }
                return Double(distances.firstIndex(of: distances.min() ?? 0) ?? 0)
            }
        case .sphericalDistance:
            return x.rows.flatMap { a in inputs[1].rows.map { b in sphericalReference(a, b) } }
        case .promptLoss(let weight, _):
            let sign: Double = weight > 0 ? 1 : weight < 0 ? -1 : 0
            return [abs(Double(weight)) * x.values.reduce(0) { $0 + sign * $1 } / Double(x.values.count)]
        default: preconditionFailure("\(self) has no reference")
        }
    }
}

extension Activation {
    func reference(_ x: Double) -> Double {
        switch self {
        case .swish: x / (1 + exp(-x))
        case .gelu: x * erfc(-x / 2.0.squareRoot()) / 2
        case .quickGELU: x / (1 + exp(-1.702 * x))
        case .relu: max(x, 0)
        }
    }
}

private func softmaxReference(_ row: [Double]) -> [Double] {
    let top = row.max() ?? 0
    let powers = row.map { exp($0 - top) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
}

private func normalized(_ values: [Double], epsilon: Double) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return values.map { ($0 - mean) / (variance + epsilon).squareRoot() }
}

private func attentionReference(_ packed: Reference, heads: Int, causal: Bool) -> [Double] {
    let (samples, tokens, channels) = (packed.shape[0], packed.shape[1], packed.shape[2] / 3)
    let width = channels / heads
    var result = [Double](repeating: 0, count: samples * tokens * channels)
    for n in 0..<samples {
        for head in 0..<heads {
            /// Part 0, 1, 2 is query, key, value.
            func vector(_ token: Int, _ part: Int) -> ArraySlice<Double> {
                let start = ((n * tokens + token) * 3 + part) * channels + head * width
                return packed.values[start..<start + width]
            }
            for t in 0..<tokens {
                let visible = causal ? t + 1 : tokens
                let scores = (0..<visible).map { key in
                    zip(vector(t, 0), vector(key, 1)).reduce(0) { $0 + $1.0 * $1.1 } / Double(width).squareRoot()
                }
                for (key, probability) in softmaxReference(scores).enumerated() {
                    for (i, value) in vector(key, 2).enumerated() {
                        result[(n * tokens + t) * channels + head * width + i] += probability * value
                    }
                }
            }
        }
    }
    return result
}

private func groupNormReference(
    _ inputs: [Reference], groups: Int, epsilon: Double, _ activation: Activation?
) -> [Double] {
    let x = inputs[0]
    let (channels, width) = (x.shape[3], x.shape[3] / groups)
    var result = x.values
    for n in 0..<x.shape[0] {
        for group in 0..<groups {
            let members = (0..<x.shape[1] * x.shape[2]).flatMap { pixel in
                (0..<width).map { (n * x.shape[1] * x.shape[2] + pixel) * channels + group * width + $0 }
            }
            for (place, value) in zip(members, normalized(members.map { x.values[$0] }, epsilon: epsilon)) {
                let scaled = value * inputs[1].values[place % channels] + inputs[2].values[place % channels]
                result[place] = activation?.reference(scaled) ?? scaled
            }
        }
    }
    return result
}

private func sphericalReference(_ a: [Double], _ b: [Double]) -> Double {
    func unit(_ v: [Double]) -> [Double] {
        let length = max(v.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
        return v.map { $0 / length }
    }
    let apart = zip(unit(a), unit(b)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    let half = asin(min(apart / 2, 1))
    return 2 * half * half
}

extension ColorAdjustment {
    /// One pixel, after kornia 0.5.4.
    func reference(_ rgb: [Double], factor: Double) -> [Double] {
        func clamped(_ value: Double) -> Double { min(max(value, 0), 1) }
        switch self {
        case .brightness: return rgb.map { clamped($0 + (factor - 1)) }
        case .contrast: return rgb.map { clamped($0 * factor) }
        case .chroma:
            let gray = rgb.reduce(0, +) / 3
            return rgb.map { gray + ($0 - gray) * factor }
        case .saturation:
            let (h, s, v) = hsvReference(rgb)
            return rgbReference(h, clamped(s * factor), v)
        case .hue:
            let (h, s, v) = hsvReference(rgb)
            return rgbReference(fmod(h + 2 * .pi * factor, 2 * .pi), s, v)
        }
    }
}

private func hsvReference(_ rgb: [Double]) -> (Double, Double, Double) {
    let (top, bottom) = (rgb.max() ?? 0, rgb.min() ?? 0)
    let spread = top - bottom
    let divisor = spread == 0 ? 1 : spread
    let (rc, gc, bc) = (top - rgb[0], top - rgb[1], top - rgb[2])
    let sixths = [bc - gc, 2 * divisor + rc - bc, 4 * divisor + gc - rc][rgb.firstIndex(of: top) ?? 0] / divisor
    let turn = sixths / 6
    return ((turn - floor(turn)) * 2 * .pi, spread / (top + 1e-6), top)
}

private func rgbReference(_ hue: Double, _ s: Double, _ v: Double) -> [Double] {
    let h = hue / (2 * .pi) * 6
    let sector = floor(h) - 6 * floor(floor(h) / 6)
    let f = h - 6 * floor(h / 6) - sector
    let (p, q, t) = (v * (1 - s), v * (1 - f * s), v * (1 - (1 - f) * s))
    return [[v, t, p], [q, v, p], [p, v, t], [p, q, v], [t, p, v], [v, p, q]][Int(sector)]
}
