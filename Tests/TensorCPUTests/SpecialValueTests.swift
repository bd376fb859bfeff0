import TensorCPU
import TensorCore
import Testing

@Suite("Ties, poles and odd values")
struct SpecialValueTests {
    let backend = CPUBackend(threads: 2)

    private func tensor(_ values: [Float], _ shape: Shape) -> Tensor { Tensor(values, shape: shape, on: backend) }

    @Test("Of equal maxima the first in row-major order gets the gradient")
    func firstMaximum() {
        let x = tensor([3, 3, 1, 3], [1, 2, 2, 1])
        let dx = Tensor.apply(.adaptiveMaxPoolGradient(height: 1, width: 1), [x, tensor([5], [1, 1, 1, 1])])
        #expect(dx.values == [5, 0, 0, 0])
        let later = tensor([1, 2, 7, 7], [1, 2, 2, 1])
        let dLater = Tensor.apply(.adaptiveMaxPoolGradient(height: 1, width: 1), [later, tensor([5], [1, 1, 1, 1])])
        #expect(dLater.values == [0, 0, 5, 0])
    }

    @Test("Of equal codes the lowest index is nearest, within a part of the codebook and across parts")
    func codeTies() {
        var numbers = Philox(seed: 3, stream: 0)
        let width = 24
        let code = numbers.normals(width).map { $0 * 100 }
        var codebook = numbers.normals(1500 * width)
        for copy in [17, 18, 499, 512, 1400] { codebook.replaceSubrange(copy * width..<(copy + 1) * width, with: code) }
        // Away from its code, so that single precision must round.
        let z = code.map { $0 + 0.3 }
        let nearest = Tensor.apply(.nearestCode, [tensor(z, [1, width]), tensor(codebook, [1500, width])])
        #expect(nearest.values == [17])
    }

    @Test("Two codes closer together than single precision can tell apart are told apart")
    func nearTies() {
        // |c|² - 2 z·c is about 1e6 with a spacing of 0.06; the distances are 1 and 1.0002.
        let base = [Float](repeating: 1000, count: 3)
        let codebook: [Float] = [1000, 1000, 1001.0001, 1000, 1001, 1000]
        let nearest = Tensor.apply(.nearestCode, [tensor(base, [1, 3]), tensor(codebook, [2, 3])])
        #expect(nearest.values == [1])
    }

    @Test("The spherical distance of equal rows is 0 with a gradient of 0")
    func equalRows() {
        let a = tensor([3, 4, 0, 0.6, 0.8, 0], [2, 3])
        let b = tensor([0.6, 0.8, 0], [1, 3])
        #expect(Tensor.apply(.sphericalDistance, [a, b]).values.allSatisfy { $0 < 1e-12 })
        let same = tensor([1, 0, 0], [1, 3])
        let da = Tensor.apply(.sphericalDistanceGradient, [same, same, tensor([1], [1, 1])])
        #expect(da.values == [0, 0, 0])
    }

    @Test("The spherical distance of opposite rows is half of π², and close to it nothing is lost")
    func oppositeRows() {
        let a = tensor([2, 0, 0], [1, 3])
        let opposite = Tensor.apply(.sphericalDistance, [a, tensor([-5, 0, 0], [1, 3])]).scalar
        #expect(abs(opposite - .pi * .pi / 2) < 1e-6)
        let da = Tensor.apply(
            .sphericalDistanceGradient, [a, tensor([-5, 0, 0], [1, 3]), tensor([1], [1, 1])])
        #expect(da.values.allSatisfy { $0.isFinite })
        // 1e-3 short of opposite: the angle is π - 1e-3 and the derivative by the angle is the angle itself.
        let near = tensor([-1, 1e-3, 0], [1, 3])
        let slope = Tensor.apply(.sphericalDistanceGradient, [a, near, tensor([1], [1, 1])]).values
        #expect(abs(slope[1] + (.pi - 1e-3) / 2) < 1e-4)
    }

    @Test(
        "Known spherical distances", arguments: [(0.2, 0.9376808), (0.25, 0.8687150), (0.3, 0.8015093), (0, 1.2337006)])
    func knownDistances(cosine: Float, distance: Float) {
        let b = tensor([cosine, (1 - cosine * cosine).squareRoot()], [1, 2])
        let result = Tensor.apply(.sphericalDistance, [tensor([7, 0], [1, 2]), b]).scalar
        #expect(abs(result - distance) < 1e-6)
    }

    @Test("A row of zeros has a distance and a gradient")
    func zeroRow() {
        let (a, b) = (tensor([0, 0], [1, 2]), tensor([1, 0], [1, 2]))
        // ‖0 - b‖ / 2 is a half: 2 · asin(½)².
        #expect(abs(Tensor.apply(.sphericalDistance, [a, b]).scalar - 0.5483114) < 1e-6)
        let da = Tensor.apply(.sphericalDistanceGradient, [a, b, tensor([1], [1, 1])])
        #expect(da.values.allSatisfy { $0.isFinite } && da.values[0] < 0)
    }

    @Test("Gray pixels keep their value through a change of hue and have finite gradients")
    func gray() {
        let x = tensor([0.5, 0.5, 0.5, 0, 0, 0, 1, 1, 1], [1, 1, 3, 3])
        let factor = tensor([0.3], [1])
        for adjustment in [ColorAdjustment.hue, .saturation] {
            #expect(Tensor.apply(.adjustColor(adjustment), [x, factor]).values == x.values)
            let dx = Tensor.apply(.adjustColorGradient(adjustment), [x, factor, x])
            #expect(dx.values.allSatisfy { $0.isFinite })
        }
    }

    @Test("A full turn of the hue and a factor of one change nothing that can be seen")
    func neutralColors() {
        var numbers = Philox(seed: 5, stream: 0)
        let values = (0..<300).map { _ in numbers.uniform() }
        let x = tensor(values, [1, 10, 10, 3])
        for (adjustment, factor) in [
            (ColorAdjustment.hue, Float(1)), (.hue, -1), (.hue, 0), (.saturation, 1), (.chroma, 1),
        ] {
            let y = Tensor.apply(.adjustColor(adjustment), [x, tensor([factor], [1])]).values
            // The saturation's 1e-6 in the divisor moves a dark pixel by up to 1e-6.
            #expect(zip(y, values).allSatisfy { abs($0 - $1) < 3e-6 })
        }
    }

    @Test(
        "Denormal, infinite and undefined inputs do not stop the program",
        arguments: OperationCases.all.filter { !["gather"].contains($0.operation.caseName) })
    func oddValues(row: OperationCase) {
        for value in [Float.leastNonzeroMagnitude, .infinity, .nan] {
            let inputs = row.values.map {
                Tensor([Float](repeating: value, count: $0.shape.count), shape: $0.shape, on: backend)
            }
            let result = Tensor.apply(row.operation, inputs)
            #expect(result.values.count == result.shape.count)
        }
    }

    @Test("An index outside the table stops the program")
    func outsideTable() async {
        await #expect(processExitsWith: .failure) {
            let backend = CPUBackend(threads: 1)
            let table = Tensor([1, 2, 3, 4], shape: [2, 2], on: backend)
            _ = Tensor.apply(.gather, [table, Tensor([2], shape: [1], on: backend)])
        }
    }

    @Test("A backend's weights can be used by a convolution and its gradient in any order and any number of times")
    func keptKernels() {
        var numbers = Philox(seed: 6, stream: 0)
        let w = tensor(numbers.normals(16 * 9 * 16), [16, 3, 3, 16])
        let x = tensor(numbers.normals(24 * 24 * 16), [1, 24, 24, 16])
        let gradient = Operation.conv2dInputGradient(.same3x3, height: 24, width: 24)
        let fresh = tensor(w.values, w.shape)
        let expected = (Tensor.apply(.conv2d(.same3x3), [x, w]).values, Tensor.apply(gradient, [w, x]).values)
        #expect(Tensor.apply(gradient, [fresh, x]).values == expected.1)
        #expect(Tensor.apply(.conv2d(.same3x3), [x, fresh]).values == expected.0)
        #expect(Tensor.apply(gradient, [w, x]).values == expected.1)
    }
}
