import Foundation
import TensorCore
import Testing

@Suite("Normal numbers")
struct NormalNumbersTests {
    @Test("Moments and tails are those of the standard normal distribution")
    func moments() {
        var random = Philox(seed: 1, iteration: 2, stream: 3)
        let count = 400_000
        let numbers = random.normals(count).map(Double.init)
        var (m1, m2, m3, m4, beyond) = (0.0, 0.0, 0.0, 0.0, 0)
        for x in numbers {
            (m1, m2, m3, m4) = (m1 + x, m2 + x * x, m3 + x * x * x, m4 + x * x * x * x)
            if abs(x) > 3 { beyond += 1 }
        }
        let n = Double(count)
        // Five standard errors: √1, √2, √15 and √96 over √n; 0.27 % lie beyond ±3.
        #expect(abs(m1 / n) < 0.008 && abs(m2 / n - 1) < 0.0112 && abs(m3 / n) < 0.031 && abs(m4 / n - 3) < 0.078)
        #expect(abs(Double(beyond) - 0.0027 * n) < 5 * (0.0027 * n).squareRoot())
    }

    @Test("Fewer numbers are a prefix of more, and a stream goes on without repeating itself")
    func prefix() {
        var (a, b) = (Philox(seed: 8, stream: 1), Philox(seed: 8, stream: 1))
        let long = a.normals(1000)
        #expect(b.normals(300) == Array(long.prefix(300)))
        #expect(b.normals(10) != Array(long.prefix(10)))
        #expect(b.normals(0).isEmpty)
    }

    @Test("The transform agrees with the library's logarithm, sine and cosine")
    func transform() {
        var random = Philox(seed: 21, stream: 4)
        let normals = random.normals(256)
        for lane in 0..<64 {
            let words = Philox.block(counter: SIMD4(UInt32(lane), 0, 4, 0), key: SIMD2(21, 0))
            for pair in 0..<2 {
                let u = 1 - Double(words[2 * pair] >> 9) / 8_388_608
                let angle = 2 * Double.pi * Double(words[2 * pair + 1] >> 9) / 8_388_608
                let radius = (-2 * log(u)).squareRoot()
                // Polynomials of single precision: a few units in the last place of numbers up to 5.7.
                #expect(abs(Double(normals[128 * pair + lane]) - radius * cos(angle)) < 3e-6)
                #expect(abs(Double(normals[128 * pair + 64 + lane]) - radius * sin(angle)) < 3e-6)
            }
        }
    }
}
