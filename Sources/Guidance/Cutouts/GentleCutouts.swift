import Glibc
public import TensorCore

/// The cutouts that the starter pair was trained with: near-whole crops, slight warps, slight colour changes, noise.
///
/// 55 % of the views take 0.92 to 1.08 of the side, the others 0.65 to 1; 60 % are rotated by up to 8 degrees, half
/// have a slight perspective, all a slight change of aspect; nothing is mirrored. One bilinear sampling does all this,
/// with the border continued outwards. Then brightness (× 0.9 to 1.1, ± 0.05) and saturation (× 0.9 to 1.1), coarse
/// noise of 6, 12 and 24 cells on 40 % of the views each, white noise, and a clamp to [0, 1].
public struct GentleCutouts: Cutouts {
    /// Number of views, step by step.
    public let counts: CutoutSchedule
    /// Side of CLIP's input in pixels.
    public let side: Int
    /// Largest standard deviation of the white noise; the coarse noise goes to half of it.
    public let noise: Float

    /// Makes a method.
    public init(counts: CutoutSchedule, side: Int, noise: Float) {
        self.counts = counts
        self.side = side
        self.noise = noise
    }

    /// Cells along a side of the coarse noise.
    public static let coarseCells = [6, 12, 24]

    /// Geometry and colour of one view.
    public struct View: Sendable, Equatable {
        /// Side of the crop as a fraction of the picture's.
        public var scale: Float = 1
        /// Rotation in radians.
        public var angle: Float = 0
        /// Width is multiplied by it, height divided.
        public var aspect: Float = 1
        /// Centre of the crop, in half sides from the picture's centre.
        public var center = SIMD2<Float>(0, 0)
        /// Slope of the perspective divisor.
        public var perspective = SIMD2<Float>(0, 0)
        /// Factor of all samples.
        public var gain: Float = 1
        /// Added to all samples.
        public var offset: Float = 0
        /// Factor of the distance from gray.
        public var saturation: Float = 1

        /// The whole picture, unchanged.
        public init() {}
    }

    /// The views of one step with everything random known.
    public struct Drawn: DrawnCutouts {
        /// Side of CLIP's input in pixels.
        public var side: Int
        /// One per view.
        public var views: [View]
        /// For each of `coarseCells`, `k · k · 3` numbers per view; empty without noise.
        public var coarse: [ViewNoise]
        /// `side · side · 3` numbers per view.
        public var white: ViewNoise?

        /// Number of views.
        public var count: Int { views.count }

        /// Makes the views of these parameters.
        public init(side: Int, views: [View], coarse: [ViewNoise] = [], white: ViewNoise? = nil) {
            self.side = side
            self.views = views
            self.coarse = coarse
            self.white = white
        }
    }

    /// Draws the parameters of one step.
    public func draw(height: Int, width: Int, seed: UInt64, iteration: Int) -> any DrawnCutouts {
        parameters(seed: seed, iteration: iteration)
    }

    /// Draws the parameters of one step, which do not depend on the picture's size.
    public func parameters(seed: UInt64, iteration: Int) -> Drawn {
        let count = counts.count(at: iteration)
        var random = RandomPurpose.views.stream(seed: seed, iteration: iteration)
        let views = (0..<count).map { _ in view(&random) }
        guard noise > 0 else { return Drawn(side: side, views: views) }
        let coarse = GentleCutouts.coarseCells.enumerated().map { place, cells in
            var random = RandomPurpose.noise.stream(seed: seed, iteration: iteration, lane: place + 1)
            let deviations = (0..<count).map { _ in
                let deviation = random.uniform(0, noise * 0.5)
                return random.bernoulli(0.4) ? deviation : 0
            }
            return ViewNoise(random, deviations: deviations, each: cells * cells * 3)
        }
        var white = RandomPurpose.noise.stream(seed: seed, iteration: iteration)
        let deviations = (0..<count).map { _ in white.uniform(0, noise) }
        let fine = ViewNoise(white, deviations: deviations, each: side * side * 3)
        return Drawn(side: side, views: views, coarse: coarse, white: fine)
    }

    private func view(_ random: inout Philox) -> View {
        var view = View()
        let nearlyWhole = random.bernoulli(0.55)
        view.scale = nearlyWhole ? random.uniform(0.92, 1.08) : random.uniform(0.65, 1)
        let angle = random.uniform(-0.14, 0.14)
        view.angle = random.bernoulli(0.6) ? angle : 0
        view.aspect = expf(random.uniform(-0.08, 0.08))
        let room = max(1 - view.scale, 0.03)
        view.center = SIMD2(random.uniform(-room, room), random.uniform(-room, room))
        let slope = SIMD2(random.uniform(-0.1, 0.1), random.uniform(-0.1, 0.1))
        view.perspective = random.bernoulli(0.5) ? slope : SIMD2(0, 0)
        view.gain = random.uniform(0.9, 1.1)
        view.offset = random.uniform(-0.05, 0.05)
        view.saturation = random.uniform(0.9, 1.1)
        return view
    }
}

extension GentleCutouts.Drawn {
    /// The picture; a much larger one is reduced first, as bilinear sampling alone would skip pixels.
    public func common(of image: Tensor) -> Tensor {
        guard Float(max(image.shape[1], image.shape[2])) > 1.6 * Float(side) else { return image }
        let reduced = Int((Float(side) * 1.5).rounded(.toNearestOrEven))
        return image.resized(height: reduced, width: reduced)
    }

    /// Samples, changes colours, adds noise, clamps.
    public func views(from source: Tensor, _ range: Range<Int>) -> Tensor {
        let (backend, count, parameters) = (source.backend, range.count, views[range])
        let grid = grid(Array(parameters), height: source.shape[1], width: source.shape[2], on: backend)
        func perView(_ value: KeyPath<GentleCutouts.View, Float>) -> Tensor {
            Tensor(parameters.map { $0[keyPath: value] }, shape: [count], on: backend)
        }
        var views = Tensor.apply(.gridSample(.border), [source, grid])
        views = Tensor.apply(.multiplyPrefix, [views, perView(\.gain)])
        views = Tensor.apply(.addPrefix, [views, perView(\.offset)])
        views = Tensor.apply(.adjustColor(.chroma), [views, perView(\.saturation)])
        for (cells, noise) in zip(GentleCutouts.coarseCells, coarse) {
            let coarse = noise.part(range).tensor(shape: [count, cells, cells, 3], on: backend)
            views = views + coarse.resized(height: side, width: side)
        }
        if let white { views = views + white.part(range).tensor(shape: views.shape, on: backend) }
        return views.clamped(0, 1)
    }

    /// Coordinates run from −1 to 1 over the outer edges of the pixels, in views and in the picture alike.
    private func grid(_ views: [GentleCutouts.View], height: Int, width: Int, on backend: any Backend) -> Tensor {
        let step = 2 / Float(side)
        let half = SIMD2(Float(width), Float(height)) / 2
        let turns = views.map { SIMD2(cosf($0.angle), sinf($0.angle)) * $0.scale }
        return samplingGrid(count: views.count, side: side, on: backend) { index, column, row in
            let (view, turn) = (views[index], turns[index])
            let (x, y) = ((column + 0.5) * step - 1, (row + 0.5) * step - 1)
            let u = turn.x * view.aspect * x - turn.y * y + view.center.x
            let v = turn.y * x + turn.x / view.aspect * y + view.center.y
            let divisor = 1 + u * view.perspective.x + v * view.perspective.y
            return (SIMD2(u, v) / divisor + 1) * half - 0.5
        }
    }
}
