import COpenBLAS
import Glibc
import TensorCPU
import TensorCore

/// What this machine can do at most with these threads, measured beside everything else.
struct Peaks: Encodable {
    /// Multiplications and additions of a large matrix product, in 10⁹ a second.
    let sgemm: Double
    /// Bytes read and written by a copy of memory far beyond the caches, in 10⁹ a second.
    let memcpy: Double

    /// Measures: the best of five products of 2048 × 2048 × 2048 over the pool, and of ten copies of 256 MiB.
    init(on backend: CPUBackend) {
        let n = 2048
        var numbers = Philox(seed: 1, stream: 1)
        let a = Tensor(numbers.normals(n * n), shape: [n, n], on: backend)
        let products = (0..<5).map { _ in
            let start = Instant.now()
            _ = Tensor.apply(.linear, [a, a])
            return Instant.now().wall - start.wall
        }
        sgemm = 2e-9 * Double(n * n * n) / (products.min() ?? .infinity)
        let count = 64 << 20
        let source = Tensor([Float](repeating: 1, count: count), shape: [1, count], on: backend)
        let copies = (0..<10).map { _ in
            let start = Instant.now()
            _ = Tensor.apply(.repeatBatch(count: 1), [source])
            return Instant.now().wall - start.wall
        }
        memcpy = 8e-9 * Double(count) / (copies.min() ?? .infinity)
    }
}
