import TensorCPU
import TensorCore

/// A small picture with edges, gradients and saturated colours: `[1, height, width, 3]` values in [0, 1].
func testPicture(height: Int, width: Int) -> [Float] {
    var random = Philox(seed: 11, stream: 99)
    return (0..<(height * width * 3)).map { i in
        let (x, y) = (i / 3 % width, i / 3 / width)
        let smooth = Float((x * (i % 3 + 1) + y * 2) % 17) / 16
        return x > width / 2 ? random.uniform() : smooth
    }
}

/// A view over row-major channels-last values that reads like a picture.
struct Picture {
    let values: [Float]
    let height: Int
    let width: Int

    subscript(y: Int, x: Int, c: Int) -> Double { Double(values[(y * width + x) * 3 + c]) }

    /// Bilinear at pixel coordinates; outside lies zero.
    func zeroPadded(_ x: Double, _ y: Double, _ c: Int) -> Double {
        bilinear(x, y) { xi, yi in (0..<width).contains(xi) && (0..<height).contains(yi) ? self[yi, xi, c] : 0 }
    }

    /// Bilinear at pixel coordinates held inside the picture.
    func borderPadded(_ x: Double, _ y: Double, _ c: Int) -> Double {
        bilinear(min(max(x, 0), Double(width - 1)), min(max(y, 0), Double(height - 1))) { xi, yi in
            self[min(yi, height - 1), min(xi, width - 1), c]
        }
    }

    private func bilinear(_ x: Double, _ y: Double, _ pixel: (Int, Int) -> Double) -> Double {
        let (x0, y0) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
        let (fx, fy) = (x - Double(x0), y - Double(y0))
        let upper = pixel(x0, y0) * (1 - fx) + pixel(x0 + 1, y0) * fx
        let lower = pixel(x0, y0 + 1) * (1 - fx) + pixel(x0 + 1, y0 + 1) * fx
        return upper * (1 - fy) + lower * fy
    }
}

/// A 3 × 3 matrix in double precision, by rows.
struct Matrix3 {
    var m: [Double]

    static func * (a: Matrix3, b: Matrix3) -> Matrix3 {
        let products = (0..<9).map { i -> Double in
            let (row, column) = (i / 3 * 3, i % 3)
            return a.m[row] * b.m[column] + a.m[row + 1] * b.m[3 + column] + a.m[row + 2] * b.m[6 + column]
        }
        return Matrix3(m: products)
    }

    /// Cramer's rule.
    var inverse: Matrix3 {
        func cofactor(_ row: Int, _ column: Int) -> Double {
            let (r, c) = ([0, 1, 2].filter { $0 != row }, [0, 1, 2].filter { $0 != column })
            let minor = m[r[0] * 3 + c[0]] * m[r[1] * 3 + c[1]] - m[r[0] * 3 + c[1]] * m[r[1] * 3 + c[0]]
            return (row + column) % 2 == 0 ? minor : -minor
        }
        let determinant = (0..<3).reduce(0) { $0 + m[$1] * cofactor(0, $1) }
        return Matrix3(m: (0..<9).map { cofactor($0 % 3, $0 / 3) / determinant })
    }

    func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double, w: Double) {
        (m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5], m[6] * x + m[7] * y + m[8])
    }

    /// Pixels 0 … side − 1 to −1 … 1.
    static func normalization(side: Int) -> Matrix3 {
        let s = 2 / Double(side - 1)
        return Matrix3(m: [s, 0, -1, 0, s, -1, 0, 0, 1])
    }
}

/// The largest difference of two equally long lists.
func largestDifference(_ a: [Float], _ b: [Double]) -> Double {
    precondition(a.count == b.count, "\(a.count) and \(b.count) values")
    return zip(a, b).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
}
