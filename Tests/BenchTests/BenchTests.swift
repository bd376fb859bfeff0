import Checkpoints
import TensorCPU
import TensorCore
import Testing

@testable import Bench

@Suite("Benchmarks")
struct BenchTests {
    @Test("The published shapes are all tensors of the published checkpoints")
    func shapes() {
        // Tensors and parameters as counted in the published files.
        let judge = PublishedShapes.clip(.viTB32)
        #expect(judge.count == 301)
        #expect(judge.reduce(0) { $0 + $1.shape.count } == 151_277_312)
    }

    @Test("A synthetic checkpoint gives the same finite values every time, ones for the scales of norms")
    func synthetic() throws {
        let checkpoint = SyntheticCheckpoint(
            "test", tensors: [("norm.weight", [5]), ("norm.bias", [5]), ("fc.weight", [200, 300])])
        #expect(try checkpoint.tensor(named: "norm.weight").values == [1, 1, 1, 1, 1])
        #expect(try checkpoint.tensor(named: "norm.bias").values == [0, 0, 0, 0, 0])
        let values = try checkpoint.tensor(named: "fc.weight").values
        #expect(try checkpoint.tensor(named: "fc.weight").values == values)
        let variance = values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)
        #expect(abs(variance * 300 - 1) < 0.02)
    }

    @Test("Work counts a convolution directly and copies by their bytes")
    func work() {
        let (x, w): (Shape, Shape) = ([1, 16, 16, 4], [8, 3, 3, 4])
        #expect(Work.flops(.conv2d(.same3x3), [x, w], [1, 16, 16, 8]) == 2 * 256 * 8 * 36)
        #expect(
            Work.flops(.conv2dInputGradient(.same3x3, height: 16, width: 16), [w, [1, 16, 16, 8]], x)
                == 2 * 256 * 8 * 36)
        let enlarged: Shape = [1, 32, 32, 8]
        #expect(Work.flops(.upsampledConv2d([]), [x, w], enlarged) == 4 * 2 * 256 * 8 * 36)
        #expect(Work.flops(.upsampledConv2dInputGradient([]), [w, enlarged], x) == 4 * 2 * 256 * 8 * 36)
        #expect(Work.flops(.add, [x, x], x) == 0)
        #expect(Work.bytes([x, x], x) == 3 * 4096)
    }

    @Test("A spread is the median and both ends")
    func spread() {
        #expect(Spread([3, 1, 2]).median == 2)
        #expect(Spread([4, 1, 2, 3]).median == 2.5)
        #expect(Spread([4, 1, 2, 3]).least == 1 && Spread([4, 1, 2, 3]).greatest == 4)
    }

    @Test("The clock notes every operation with its shapes and passes results through")
    func clock() {
        let clock = OperationClock(CPUBackend(threads: 1))
        let x = Tensor([1, 2, 3], shape: [3], on: clock)
        #expect((x + x).values == [2, 4, 6])
        #expect(clock.samples.map(\.operation) == [.add])
        #expect(clock.samples[0].inputs == [[3], [3]] && clock.samples[0].output == [3])
        clock.reset()
        #expect(clock.samples.isEmpty)
    }

    @Test("An iteration's operations fall into its parts in order")
    func parts() {
        let walk: [(TensorCore.Operation, LoopPart)] = [
            (.nearestCode, .search), (.gather, .decode), (.linear, .decode), (.conv2d(.same3x3), .decode),
            (.clamp(low: 0, high: 1, .restoring), .decode), (.adaptiveAveragePool(height: 4, width: 4), .cutouts),
            (.gridSample(.zeros), .cutouts), (.add, .cutouts), (.conv2d(.patches(32)), .clip), (.linear, .clip),
            (.sphericalDistance, .clip), (.sphericalDistanceGradient, .clipBackward),
            (.linearInputGradient, .clipBackward),
            (.gridSampleGradient(.zeros, batch: 1, height: 4, width: 4), .cutoutsBackward),
            (.clampGradient(low: 0, high: 1, .restoring), .decodeBackward),
            (.conv2dInputGradient(.same3x3, height: 4, width: 4), .decodeBackward),
        ]
        var part = LoopPart.search
        for (operation, expected) in walk {
            part = LoopPart.part(of: operation, after: part)
            #expect(part == expected, "\(operation)")
        }
    }
}
