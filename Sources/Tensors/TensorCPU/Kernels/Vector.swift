import CIntrinsics
import Glibc

/// Eight floats: one register of the processors this engine is made for.
typealias Vector = SIMD8<Float>

extension SIMD8 where Scalar == Float {
    /// `self + a · b`, rounded once.
    @inline(__always)
    func addingProduct(_ a: Self, _ b: Self) -> Self { atelier_fused(a, b, self) }
}

/// Loops over contiguous runs: pointers and counts in, nothing else.
///
/// Functions that take a closure are always inlined, and call it at one place only: then it is inlined as well and no
/// call remains in the loop.
enum Kernels {}

extension UnsafePointer<Float> {
    /// Eight elements from `index`.
    @inline(__always)
    func vector(_ index: Int) -> Vector { UnsafeRawPointer(self + index).loadUnaligned(as: Vector.self) }

    /// Asks for the cache line of an element, which will be read soon; it may lie outside of all memory.
    @inline(__always)
    func prefetch(_ index: Int) {
        atelier_prefetch(UnsafeRawPointer(bitPattern: UInt(bitPattern: self) &+ UInt(bitPattern: index &* 4)))
    }

    /// The `lanes` elements from `index`, `fill` in the other lanes.
    @inline(__always)
    func vector(_ index: Int, lanes: Int, fill: Float = 0) -> Vector {
        var result = Vector(repeating: fill)
        memcpy(&result, self + index, lanes &* 4)
        return result
    }
}

extension UnsafeMutablePointer<Float> {
    /// Eight elements from `index`.
    @inline(__always)
    func vector(_ index: Int) -> Vector { UnsafePointer(self).vector(index) }

    /// Writes eight elements.
    @inline(__always)
    func store(_ value: Vector, at index: Int) {
        UnsafeMutableRawPointer(self + index).storeBytes(of: value, as: Vector.self)
    }

    /// Writes the first `lanes` elements.
    @inline(__always)
    func store(_ value: Vector, at index: Int, lanes: Int) {
        var value = value
        memcpy(self + index, &value, lanes &* 4)
    }
}

extension Kernels {
    /// `y[i] = f(x[i])`.
    @inline(__always)
    static func map(
        _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, _ f: (Vector) -> Vector
    ) {
        var i = 0
        while i < count {
            let rest = count &- i
            let value = f(rest >= 8 ? x.vector(i) : x.vector(i, lanes: rest))
            if rest >= 8 { y.store(value, at: i) } else { y.store(value, at: i, lanes: rest) }
            i &+= 8
        }
    }

    /// `y[i] = f(a[i], b[i])`.
    @inline(__always)
    static func map(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int,
        _ f: (Vector, Vector) -> Vector
    ) {
        var i = 0
        while i < count {
            let rest = count &- i
            let (u, v) =
                rest >= 8 ? (a.vector(i), b.vector(i)) : (a.vector(i, lanes: rest), b.vector(i, lanes: rest))
            let value = f(u, v)
            if rest >= 8 { y.store(value, at: i) } else { y.store(value, at: i, lanes: rest) }
            i &+= 8
        }
    }

    /// `Σ f(a[i], b[i])`, in eight partial sums; `f(0, 0)` must be 0.
    @inline(__always)
    static func sum(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int, _ f: (Vector, Vector) -> Vector
    ) -> Float {
        var (even, odd) = (Vector(), Vector())
        var i = 0
        while i &+ 16 <= count {
            even += f(a.vector(i), b.vector(i))
            odd += f(a.vector(i &+ 8), b.vector(i &+ 8))
            i &+= 16
        }
        if i &+ 8 <= count {
            even += f(a.vector(i), b.vector(i))
            i &+= 8
        }
        if i < count { odd += f(a.vector(i, lanes: count &- i), b.vector(i, lanes: count &- i)) }
        return (even + odd).sum()
    }

    /// `y[i] += x[i]`.
    static func accumulate(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        map(UnsafePointer(y), x, into: y, count: count) { $0 + $1 }
    }

    /// `y[i] += a · x[i]`.
    static func accumulate(_ a: Float, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        let factor = Vector(repeating: a)
        map(UnsafePointer(y), x, into: y, count: count) { $0.addingProduct(factor, $1) }
    }

    /// Turns rows into columns; strides are in elements.
    static func transpose(
        _ source: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int,
        into target: UnsafeMutablePointer<Float>, stride targetStride: Int
    ) {
        var row = 0
        while row < rows {
            var column = 0
            while row &+ 8 <= rows, column &+ 8 <= columns {
                atelier_transpose(
                    source + (row &* stride &+ column), stride, target + (column &* targetStride &+ row), targetStride)
                column &+= 8
            }
            for row in row..<min(row &+ 8, rows) {
                for column in column..<columns {
                    target[column &* targetStride &+ row] = source[row &* stride &+ column]
                }
            }
            row &+= 8
        }
    }

    /// `Σ x[i]` in double precision.
    static func sum(_ x: UnsafePointer<Float>, count: Int) -> Double {
        var partial = SIMD8<Double>()
        var i = 0
        while i &+ 8 <= count {
            partial += SIMD8<Double>(x.vector(i))
            i &+= 8
        }
        var total = partial.sum()
        while i < count {
            total += Double(x[i])
            i &+= 1
        }
        return total
    }
}
