import TensorCPU
import TensorCore
import Testing

@Suite("Tensors and the tape")
struct TapeTests {
    let backend = CPUBackend(threads: 1)

    private func tensor(_ values: [Float], _ shape: Shape? = nil) -> Tensor {
        Tensor(values, shape: shape ?? [values.count], on: backend)
    }

    @Test("A tensor used twice gets the sum of both gradients")
    func accumulation() {
        let x = tensor([1, 2, 3, 4]).tracked()
        let loss = (x * x + x).mean()
        // (2x + 1) / 4, exact in binary.
        #expect(gradient(of: loss, withRespectTo: [x])[0].values == [0.75, 1.25, 1.75, 2.25])
    }

    @Test("A branch of one tensor through several depths is visited once, after all that depends on it")
    func diamond() {
        let x = tensor([2]).tracked()
        let y = x.affine(scale: 3)
        let loss = (y * y.affine(scale: 2).affine(scale: 1)).mean()
        // 2 · (3x)²: the derivative is 36 x.
        #expect(gradient(of: loss, withRespectTo: [x])[0].values == [72])
    }

    @Test("What the tape does not keep is made again for each operation that took it")
    func remaking() {
        let x = tensor([1, 2, 3, 4]).tracked()
        var made = 0
        func inner(_ x: Tensor) -> Tensor { (x * x).affine(scale: 0.5) }
        let input = x.detached()
        let frugal = inner(x).remade {
            made += 1
            return inner(input)
        }
        let loss = (frugal.activated(.swish) + frugal.activated(.relu)).mean()
        #expect(made == 0)
        let kept = inner(x)
        let expected = gradient(
            of: (kept.activated(.swish) + kept.activated(.relu)).mean(), withRespectTo: [x])[0].values
        #expect(gradient(of: loss, withRespectTo: [x])[0].values == expected)
        #expect(made == 2)
    }

    @Test("What depends on no tracked tensor is not recorded")
    func untracked() {
        let x = tensor([1, 2])
        #expect(!(x + x).isTracked)
        #expect((x.tracked() + x).isTracked)
        #expect(!x.tracked().detached().isTracked)
    }

    @Test("A leaf on which the loss does not depend gets zeros")
    func independent() {
        let (x, other) = (tensor([1, 2]).tracked(), tensor([4, 5, 6]).tracked())
        #expect(gradient(of: x.mean(), withRespectTo: [other, x]).map(\.values) == [[0, 0, 0], [0.5, 0.5]])
    }

    @Test("A consumed tape cannot be used again")
    func consumed() async {
        await #expect(processExitsWith: .failure) {
            let x = Tensor([1, 2], shape: [2], on: CPUBackend(threads: 1)).tracked()
            let loss = x.mean()
            _ = gradient(of: loss, withRespectTo: [x])
            _ = gradient(of: loss, withRespectTo: [x])
        }
    }

    @Test("A gradient of something that is not a scalar needs a cotangent")
    func cotangent() async {
        let x = tensor([1, 2]).tracked()
        let y = x.affine(scale: 3)
        #expect(gradient(of: y, withRespectTo: [x], cotangent: tensor([1, -1]))[0].values == [3, -3])
        await #expect(processExitsWith: .failure) {
            let x = Tensor([1, 2], shape: [2], on: CPUBackend(threads: 1)).tracked()
            _ = gradient(of: x.affine(scale: 3), withRespectTo: [x])
        }
    }

    @Test("Reshaping keeps the elements and turns the gradient back")
    func reshape() {
        let x = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]).tracked()
        let y = x.reshaped(to: [4, 2])
        #expect(y.values == x.values)
        let weights = tensor([8, 16, 24, 32, 40, 48, 56, 64], [4, 2])
        let dx = gradient(of: (y * weights).mean(), withRespectTo: [x])[0]
        #expect(dx.shape == [2, 4])
        #expect(dx.values == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test("The straight-through estimator has one tensor's value and the other's gradient")
    func straightThrough() {
        let (value, target) = (tensor([5, 6]).tracked(), tensor([1, 2]).tracked())
        let y = value.passingGradient(to: target)
        #expect(y.values == [5, 6])
        let gradients = gradient(of: (y * y).mean(), withRespectTo: [value, target])
        #expect(gradients.map(\.values) == [[0, 0], [5, 6]])
    }

    @Test("A restoring clamp passes what brings the value back")
    func restoring() {
        // A descent step subtracts the gradient: a value above the range is brought back by a positive one.
        let x = tensor([2, 2, -2, -2, 0.5]).tracked()
        let y = x.clamped(0, 1, rule: .restoring)
        #expect(y.values == [1, 1, 0, 0, 0.5])
        let dx = gradient(of: y, withRespectTo: [x], cotangent: tensor([1, -1, 1, -1, 3]))[0]
        #expect(dx.values == [1, 0, 0, -1, 3])
    }

    @Test("Ten thousand operations in a row neither overflow the stack going back nor when released")
    func longChain() {
        let x = tensor([1]).tracked()
        var y = x
        for _ in 0..<10_000 { y = y.affine(scale: 1, shift: 1) }
        #expect(y.values == [10_001])
        #expect(gradient(of: y, withRespectTo: [x])[0].values == [1])
        // A second chain is dropped without ever being used.
        y = x
        for _ in 0..<10_000 { y = y.affine(scale: 1, shift: 1) }
    }

    @Test("A loss differentiated in parts has the gradient of the whole, times what flows into it")
    func knownGradient() {
        let x = tensor([1, 2, 3, 4]).tracked()
        let y = x.affine(scale: 2)
        let part = tensor([0.5, 0, -1, 4])
        let loss = tensor([7], []).withGradient(part, of: y)
        #expect(loss.scalar == 7)
        #expect(gradient(of: loss + loss.affine(scale: 3), withRespectTo: [x])[0].values == [4, 0, -8, 32])
        #expect(!tensor([7], []).withGradient(part, of: tensor([1, 2, 3, 4])).isTracked)
    }

    @Test("A matrix is transposed")
    func transposed() {
        let matrix = tensor([1, 2, 3, 4, 5, 6], [2, 3]).transposed()
        #expect(matrix.shape == [3, 2])
        #expect(matrix.values == [1, 4, 2, 5, 3, 6])
    }

    @Test("Shapes that do not fit stop the program")
    func misfit() async {
        await #expect(processExitsWith: .failure) {
            let backend = CPUBackend(threads: 1)
            _ = Tensor([1, 2], shape: [2], on: backend) + Tensor([1, 2, 3], shape: [3], on: backend)
        }
    }
}
