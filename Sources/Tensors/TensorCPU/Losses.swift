import Glibc
import TensorCore

extension CPUBackend {
    /// Half the squared angle between every row of `a` and every row of `b`.
    func sphericalDistance(_ a: Input, _ b: Input, into y: UnsafeMutablePointer<Float>) {
        let (rows, others, width) = (a.shape[0], b.shape[0], a.shape[1])
        let targets = UnitRows(b)
        forEachRows(of: rows, width: others * width) { first, count, _ in
            for row in first..<first &+ count {
                let unit = UnitRows.normalized(a.pointer + row &* width, count: width).unit
                for other in 0..<others {
                    let angle = UnitRows.halfAngle(unit, targets.rows[other]).angle
                    y[row &* others &+ other] = Float(2 * angle * angle)
                }
            }
        }
    }

    /// `da`.
    ///
    /// With `s = ‖â - b̂‖/2` and `c = ‖â + b̂‖/2` the angle is `2·atan2(s, c)`, accurate for close and for opposite
    /// rows, and the derivative by `â` is `(asin(s)/s/c)·(â - b̂)`; 0 where `s` is 0, as the norm's derivative is
    /// taken to be. Where `a` is shorter than 1e-12 it is divided by that bound, a constant.
    func sphericalDistanceBackward(
        _ a: Input, _ b: Input, cotangent: Input, into da: UnsafeMutablePointer<Float>
    ) {
        let (rows, others, width) = (a.shape[0], b.shape[0], a.shape[1])
        let targets = UnitRows(b)
        forEachRows(of: rows, width: others * width) { first, count, _ in
            for row in first..<first &+ count {
                let (unit, norm) = UnitRows.normalized(a.pointer + row &* width, count: width)
                var gradient = [Double](repeating: 0, count: width)
                for other in 0..<others {
                    let target = targets.rows[other]
                    let (angle, s, c) = UnitRows.halfAngle(unit, target)
                    if s == 0 { continue }
                    let slope = Double(cotangent.pointer[row &* others &+ other]) * angle / s / max(c, 1e-12)
                    for i in 0..<width { gradient[i] += slope * (unit[i] - target[i]) }
                }
                let along = norm > UnitRows.shortest ? zip(unit, gradient).reduce(0) { $0 + $1.0 * $1.1 } : 0
                let length = max(norm, UnitRows.shortest)
                for i in 0..<width { da[row &* width &+ i] = Float((gradient[i] - along * unit[i]) / length) }
            }
        }
    }

    /// `|weight| · mean(sign(weight) · d)`.
    func promptLoss(_ distances: Input, weight: Float, into y: UnsafeMutablePointer<Float>) {
        y[0] = weight == 0 ? 0 : weight * mean(distances)
    }

    /// The gradient of `max(sign(weight)·d, stop)`; half of it on a tie.
    func promptLossBackward(
        _ distances: Input, cotangent: Input, weight: Float, stop: Float, into dd: UnsafeMutablePointer<Float>
    ) {
        let count = distances.shape.count
        let share = cotangent.pointer[0] * weight / Float(count)
        for i in 0..<count {
            let signed = weight < 0 ? -distances.pointer[i] : distances.pointer[i]
            dd[i] = signed < stop ? 0 : signed == stop ? share / 2 : share
        }
    }

    /// The mean of all elements, summed in double precision.
    func mean(_ x: Input) -> Float {
        let (count, source) = (x.shape.count, x.pointer)
        let size = Limits.elementwiseChunk
        var partial = [Double](repeating: 0, count: (count + size - 1) / size)
        partial.withUnsafeMutableBufferPointer { partial in
            guard let partial = partial.baseAddress else { return }
            forEachChunk(of: count, size: size) { start, count, _ in
                partial[start / size] = Kernels.sum(source + start, count: count)
            }
        }
        return Float(partial.reduce(0, +) / Double(count))
    }
}

/// Rows scaled to length 1, in double precision.
private struct UnitRows {
    /// A row shorter than this is divided by it instead of by its length.
    static let shortest = 1e-12

    let rows: [[Double]]

    init(_ matrix: Input) {
        let width = matrix.shape[1]
        rows = (0..<matrix.shape[0]).map {
            UnitRows.normalized(matrix.pointer + $0 * width, count: width).unit
        }
    }

    static func normalized(_ row: UnsafePointer<Float>, count: Int) -> (unit: [Double], norm: Double) {
        var squares = 0.0
        for i in 0..<count { squares += Double(row[i]) * Double(row[i]) }
        let norm = squares.squareRoot()
        let length = max(norm, shortest)
        return ((0..<count).map { Double(row[$0]) / length }, norm)
    }

    /// Half the angle between unit vectors, its sine and its cosine.
    ///
    /// A vector that could not be scaled to length 1 has `s² + c² < 1`; there `asin(s)` is the definition.
    static func halfAngle(_ a: [Double], _ b: [Double]) -> (angle: Double, sine: Double, cosine: Double) {
        var (apart, together) = (0.0, 0.0)
        for i in 0..<a.count {
            apart += (a[i] - b[i]) * (a[i] - b[i])
            together += (a[i] + b[i]) * (a[i] + b[i])
        }
        let (s, c) = (apart.squareRoot() / 2, together.squareRoot() / 2)
        if abs(s * s + c * c - 1) > 1e-9 {
            let bounded = min(s, 1)
            return (asin(bounded), bounded, (1 - bounded * bounded).squareRoot())
        }
        return (atan2(s, c), s, c)
    }
}
