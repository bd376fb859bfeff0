import COpenBLAS
import TensorCore

/// A row-major matrix to be read, or its transpose.
struct Matrix {
    let base: UnsafePointer<Float>
    /// Elements from one stored row to the next.
    let stride: Int
    var transposed = false

    init(_ base: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
        self.base = base
        self.stride = stride
        self.transposed = transposed
    }

    /// The part that begins at a row and a column of the matrix as it is used.
    func from(row: Int = 0, column: Int = 0) -> Matrix {
        let offset = transposed ? column * stride + row : row * stride + column
        return Matrix(base + offset, stride: stride, transposed: transposed)
    }
}

extension Kernels {
    /// `C ← scale · A·B + keep · C` with `A` m×k and `B` k×n, on this thread.
    static func multiply(
        _ a: Matrix, _ b: Matrix, m: Int, n: Int, k: Int, scale: Float = 1, keep: Float = 0,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        cblas_sgemm(
            CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans, b.transposed ? CblasTrans : CblasNoTrans,
            blasint(m), blasint(n), blasint(k), scale, a.base, blasint(a.stride), b.base, blasint(b.stride), keep, c,
            blasint(stride))
    }
}

extension CPUBackend {
    /// `C = A·B + bias` over the pool, in blocks of rows and columns that depend on the extents alone.
    func multiply(
        _ a: Matrix, _ b: Matrix, m: Int, n: Int, k: Int, bias: UnsafePointer<Float>? = nil,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let (height, width) = CPUBackend.productChunk(m: m, n: n, k: k)
        let columns = (n + width - 1) / width
        pool.run(chunks: (m + height - 1) / height * columns) { chunk, _ in
            let (row, column) = (chunk / columns &* height, chunk % columns &* width)
            let (rows, width) = (min(height, m &- row), min(width, n &- column))
            let corner = c + (row &* stride &+ column)
            if let bias {
                for r in 0..<rows { (corner + r &* stride).update(from: bias + column, count: width) }
            }
            Kernels.multiply(
                a.from(row: row), b.from(column: column), m: rows, n: width, k: k, keep: bias == nil ? 0 : 1,
                into: corner, stride: stride)
        }
    }

    /// Rows and columns of one chunk: a function of the extents alone, so that the sums do not depend on the threads.
    static func productChunk(m: Int, n: Int, k: Int) -> (rows: Int, columns: Int) {
        var (rows, columns) = (min(m, Limits.productRows), min(n, Limits.productColumns))
        func count() -> Int { ((m + rows - 1) / rows) * ((n + columns - 1) / columns) }
        while count() < Limits.productChunks, rows * columns * k > Limits.productWork,
            rows * columns > Limits.productArea
        {
            // Chunks of few columns copy little of the right factor, which takes OpenBLAS longer than the left one's rows.
            if columns > Limits.productLeastColumns { columns = (columns + 1) / 2 } else { rows = (rows + 1) / 2 }
        }
        return (part(of: m, atMost: rows), part(of: n, atMost: columns))
    }

    /// An even division of `extent` into parts of about `limit`, rounded up to whole vectors.
    private static func part(of extent: Int, atMost limit: Int) -> Int {
        let parts = (extent + limit - 1) / limit
        return ((extent + parts - 1) / parts + 15) / 16 * 16
    }

    /// `y = x·wᵀ + b` over the last axis.
    func linear(_ x: Input, weight: Input, bias: Input?, into y: UnsafeMutablePointer<Float>) {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        multiply(
            Matrix(x.pointer, stride: inputs), Matrix(weight.pointer, stride: inputs, transposed: true),
            m: x.shape.count / inputs, n: outputs, k: inputs, bias: bias?.pointer, into: y, stride: outputs)
    }

    /// `dx = dy·w` over the last axis.
    func linearBackward(weight: Input, _ cotangent: Input, into dx: UnsafeMutablePointer<Float>) {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        multiply(
            Matrix(cotangent.pointer, stride: outputs), Matrix(weight.pointer, stride: inputs),
            m: cotangent.shape.count / outputs, n: inputs, k: outputs, into: dx, stride: inputs)
    }
}
