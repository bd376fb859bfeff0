import TensorCore
import Testing

@Suite("Shapes")
struct ShapeTests {
    @Test("Extents, counts and names")
    func basics() {
        let shape: Shape = [2, 3, 5]
        #expect(shape.count == 30)
        #expect(shape[-1] == 5)
        #expect(shape.replacing(axis: -2, with: 7) == [2, 7, 5])
        #expect(shape.description == "2×3×5")
        #expect(Shape([]).count == 1)
        #expect(Shape([]).description == "scalar")
    }

    @Test("Suffixes and prefixes")
    func parts() {
        let shape: Shape = [2, 3, 5]
        #expect(shape.hasSuffix([3, 5]) && shape.hasSuffix([]) && !shape.hasSuffix([2, 3]))
        #expect(shape.hasPrefix([2, 3]) && shape.hasPrefix([]) && !shape.hasPrefix([3]))
        #expect(!shape.hasSuffix([1, 2, 3, 5]))
    }

    @Test(
        "A convolution's outputs",
        arguments: [
            (Convolution.same3x3, 7, 7), (.downsample, 8, 4), (.downsample, 7, 3), (.patches(32), 224, 7),
            (.pointwise, 5, 5), (Convolution(kernel: 3, stride: 2, paddingBefore: 1, paddingAfter: 1), 224, 112),
        ])
    func outputs(convolution: Convolution, extent: Int, expected: Int) {
        #expect(convolution.outputExtent(extent) == expected)
    }
}
