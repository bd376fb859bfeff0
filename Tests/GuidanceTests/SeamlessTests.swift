import Imaging
import StarterModel
import TensorCPU
import TensorCore
import Testing
import VQGAN

@testable import Guidance

@Suite("Pictures without borders")
struct SeamlessTests {
    private static let both: CircularAxes = [.horizontal, .vertical]

    /// A random picture of the starter's codes, `[1, 6, 8, e]`.
    private func latent(_ fixture: StarterFixture) throws -> Tensor {
        let loop = try fixture.loop("x") {
            ($0.start, $0.seed, $0.size) = (.random, 9, PictureSize(width: 64, height: 48))
        }
        let width = fixture.models.vqgan.configuration.embedDim
        return Tensor(loop.checkpoint().latent, shape: [1, 6, 8, width], on: fixture.backend)
    }

    private func distance(_ a: Tensor, _ b: Tensor) -> Float {
        zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }

    @Test(
        "Moving a latent around moves its picture around by whole steps of 8 pixels, and nothing else changes",
        arguments: [CircularAxes.horizontal, .vertical, both])
    func equivariance(axes: CircularAxes) throws {
        let fixture = try StarterFixture()
        let (vqgan, z) = (fixture.models.vqgan, try latent(fixture))
        let down = axes.contains(.vertical) ? 2 : 0
        let right = axes.contains(.horizontal) ? 3 : 0
        let moved = vqgan.decode(z.rolled(axis: 1, by: down).rolled(axis: 2, by: right), seamless: axes)
        let picture = vqgan.decode(z, seamless: axes)
        let expected = picture.rolled(axis: 1, by: down * 8).rolled(axis: 2, by: right * 8)
        // Tiles of the convolutions lie elsewhere on the moved picture: rounding, in the range of 0 to 1.
        #expect(distance(moved, expected) < 1e-4)
        // With borders, and across an axis that has one, it is another picture.
        let bordered = vqgan.decode(z).rolled(axis: 1, by: down * 8).rolled(axis: 2, by: right * 8)
        #expect(distance(vqgan.decode(z.rolled(axis: 1, by: down).rolled(axis: 2, by: right)), bordered) > 0.05)
        if axes != Self.both {
            let across = axes == .horizontal ? 1 : 2
            let other = vqgan.decode(z.rolled(axis: across, by: 1), seamless: axes)
            #expect(distance(other, picture.rolled(axis: across, by: 8)) > 0.05)
        }
        // The encoder likewise.
        let (codes, codesMoved) = (
            vqgan.encode(picture, seamless: axes), vqgan.encode(expected, seamless: axes)
        )
        let size = codes.values.reduce(0) { max($0, abs($1)) }
        let rolled = codes.rolled(axis: 1, by: down).rolled(axis: 2, by: right)
        #expect(distance(codesMoved, rolled) < 1e-4 * size)
    }

    @Test("The gradient of a picture without borders equals finite differences")
    func gradients() throws {
        let fixture = try StarterFixture()
        let shape: Shape = [1, 3, 2, 4]
        var numbers = Philox(seed: 4, stream: 9)
        func random(_ shape: Shape) -> Tensor {
            Tensor((0..<shape.count).map { _ in 2 * numbers.uniform() - 1 }, shape: shape, on: fixture.backend)
        }
        let (x, weight, target) = (random(shape), random([5, 3, 3, 4]), random([1, 3, 2, 5]))
        let layer = Conv2d(weight: weight, bias: nil, .same3x3)
        func loss(_ x: Tensor) -> Tensor { (layer(x, circular: Self.both) - target).meanSquare() }
        let leaf = x.tracked()
        let slopes = gradient(of: loss(leaf), withRespectTo: [leaf])[0].values
        for i in x.values.indices {
            func moved(_ step: Float) -> Tensor {
                var values = x.values
                values[i] += step
                return Tensor(values, shape: shape, on: fixture.backend)
            }
            let numeric = (loss(moved(0.01)).scalar - loss(moved(-0.01)).scalar) / 0.02
            #expect(abs(numeric - slopes[i]) < 1e-3)
        }
    }

    @Test("A seamless render has no edge where its borders meet")
    func render() throws {
        let fixture = try StarterFixture()
        /// Mean step between the borders (measured: 1.6 seamless, 5.5 with borders) in units of those between positions of the latent inside.
        func seam(_ seamless: Seamless?) throws -> Double {
            var loop = try fixture.loop("green hills") {
                ($0.start, $0.iterations, $0.views.count, $0.seamless) = (.random, 4, 2, seamless)
            }
            try loop.run()
            let image = loop.image()
            func step(_ a: Int, _ b: Int) -> Double {
                (0..<image.height).reduce(0.0) { sum, y in
                    let (p, q) = (image[a, y], image[b, y])
                    return sum + abs(Double(p.red) - Double(q.red)) + abs(Double(p.green) - Double(q.green))
                        + abs(Double(p.blue) - Double(q.blue))
                }
            }
            // The borders lie between two positions of the latent, so they are held against other such places.
            let inside = stride(from: 8, to: image.width, by: 8).map { step($0 - 1, $0) }
            return step(image.width - 1, 0) / (inside.reduce(0, +) / Double(inside.count))
        }
        let (closed, open) = (try seam(.both), try seam(nil))
        #expect(closed < 2 && open > 2 * closed, "\(closed) with, \(open) without")
    }

    @Test("Views of a picture without borders move around by the seed and the iteration, along its axes only")
    func rolling() throws {
        var spec = RenderDefaults.starter.spec
        (spec.prompt, spec.seamless) = ("x", .horizontal)
        let backend = CPUBackend(threads: 1)
        // Stripes along the horizontal axis: moving it that way changes nothing.
        func stripes(_ place: (Int, Int) -> Int) -> Tensor {
            Tensor(
                (0..<64).flatMap { y in (0..<64).flatMap { x in [Float](repeating: Float(place(x, y)) / 64, count: 3) }
                },
                shape: [1, 64, 64, 3], on: backend)
        }
        spec.views.noise = 0
        let rolling = CutoutMethod.cutouts(for: spec, side: 32)
        spec.seamless = nil
        let plain = CutoutMethod.cutouts(for: spec, side: 32)
        func views(_ cutouts: any Cutouts, _ image: Tensor, _ iteration: Int) -> Tensor {
            cutouts.views(of: image, seed: 3, iteration: iteration)
        }
        let (rows, columns) = (stripes { $1 }, stripes { x, _ in x })
        #expect(distance(views(rolling, rows, 5), views(plain, rows, 5)) == 0)
        #expect(distance(views(rolling, columns, 5), views(plain, columns, 5)) > 0.1)
        #expect(distance(views(rolling, columns, 5), views(rolling, columns, 5)) == 0)
        #expect(distance(views(rolling, columns, 5), views(rolling, columns, 6)) > 0.1)
        // Image prompts, and parts of a render under a mask, have borders.
        #expect(distance(views(rolling.bordered, columns, 5), views(plain, columns, 5)) == 0)
    }
}
