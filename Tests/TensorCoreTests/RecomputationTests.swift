import TensorCPU
import TensorCore
import Testing

@Suite("Computing again what the tape does not keep")
struct RecomputationTests {
    let backend = CPUBackend(threads: 1)

    private func features(_ seed: UInt64) -> Tensor {
        var numbers = Philox(seed: seed, stream: 3)
        return Tensor(numbers.normals(4 * 4 * 32), shape: [1, 4, 4, 32], on: backend)
    }

    private func norm() -> GroupNorm {
        var numbers = Philox(seed: 4, stream: 1)
        return GroupNorm(
            scale: Tensor(numbers.normals(32), shape: [32], on: backend),
            shift: Tensor(numbers.normals(32), shape: [32], on: backend), groups: 8)
    }

    @Test("A chain of pieces gives the same bits whatever it keeps", arguments: [0, 1, 2, 5])
    func chain(kept: Int) {
        let (norm, x) = (norm(), features(1))
        let pieces = [Float(0.5), -1.5, 2, 0.25].map { factor in
            { (x: Tensor) -> Tensor in x + norm(x, then: .swish).affine(scale: factor) }
        }
        func run(_ body: (Tensor) -> Tensor) -> [[Float]] {
            let leaf = x.tracked()
            let result = body(leaf.affine(scale: 3))
            let loss = (result * features(2)).mean()
            return [result.values, gradient(of: loss, withRespectTo: [leaf])[0].values]
        }
        let expected = run { x in pieces.reduce(x) { $1($0) } }
        #expect(run { $0.recomputing(through: pieces, keeping: kept) } == expected)
        #expect(expected[1].contains { $0 != 0 })
    }

    @Test("Every piece is computed once for its result, and again only where its result is wanted")
    func work() {
        for (kept, expected) in [(0, 4 + 3 + 2 + 1), (1, 4 + 3 + 1), (3, 4 + 3)] {
            var computed = 0
            let pieces = (0..<4).map { _ in
                { (x: Tensor) -> Tensor in
                    if !x.isHollow { computed += 1 }
                    return x.activated(.swish)
                }
            }
            let x = features(1).tracked()
            let result = x.recomputing(through: pieces, keeping: kept)
            _ = gradient(of: result.mean(), withRespectTo: [x])
            #expect(computed == expected, "with \(kept) kept")
        }
    }

    @Test("Without a tape a chain is just run")
    func untracked() {
        let x = features(1)
        #expect(!x.recomputing(through: [{ $0.affine(scale: 2) }], keeping: 0).isTracked)
    }

    @Test("A hollow tensor is put on the tape, and its operations are not computed")
    func hollow() {
        let x = features(1).tracked()
        let hollow = norm()(x.hollowed(), then: .swish)
        #expect(hollow.isHollow && hollow.isTracked)
        let cotangent = features(2)
        let expected = gradient(of: norm()(x, then: .swish), withRespectTo: [x], cotangent: cotangent)[0].values
        #expect(gradient(of: hollow, withRespectTo: [x], cotangent: cotangent)[0].values == expected)
    }

    @Test("A gradient written over its cotangent leaves that of the other path and the caller's alone")
    func overwriting() {
        let (norm, x) = (norm(), features(1).tracked())
        let cotangent = features(2)
        let before = cotangent.values
        // The residual path brings the same cotangent to two places; the caller's own is not to be touched.
        let y = x.affine(scale: 2)
        let result = y + norm(y, then: .swish)
        let slope = gradient(of: result, withRespectTo: [x], cotangent: cotangent)[0].values
        #expect(cotangent.values == before)
        let through = Tensor.apply(
            .groupNormGradient(groups: 8, epsilon: 1e-6, activation: .swish),
            [y.detached(), norm.scale, norm.shift, cotangent])
        #expect(slope == (cotangent + through).affine(scale: 2).values)
        #expect(gradient(of: norm(x), withRespectTo: [x], cotangent: cotangent)[0].values != before)
        #expect(cotangent.values == before)
    }
}
