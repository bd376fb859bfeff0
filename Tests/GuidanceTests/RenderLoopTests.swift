import Guidance
import Imaging
import StarterModel
import TensorCPU
import TensorCore
import Testing
import VQGAN

@Suite("The render loop")
struct RenderLoopTests {
    /// Few steps of few views from gray: quick, and still everything that a render does.
    private func quick(_ spec: inout RenderSpec) {
        (spec.start, spec.iterations, spec.views.count, spec.seed) = (.gray, 6, 2, 42)
        spec.size = PictureSize(width: 48, height: 32)
    }

    @Test("The same seed gives the same bits, whatever the number of threads; another seed gives others")
    func determinism() throws {
        func result(seed: UInt64, threads: Int) throws -> RenderResult {
            var loop = try StarterFixture(threads: threads).loop("a red flower") {
                quick(&$0)
                $0.seed = seed
            }
            try loop.run()
            return loop.result()
        }
        let first = try result(seed: 42, threads: 1)
        #expect(try result(seed: 42, threads: 1) == first)
        for threads in 2...3 {
            let threaded = try result(seed: 42, threads: threads)
            // Compared outside the macro, which would print every number.
            let isSame = threaded == first
            #expect(isSame && threaded.lossCSV() == first.lossCSV(), "\(threads) threads")
        }
        #expect(try result(seed: 43, threads: 1).steps.last?.loss != first.steps.last?.loss)
    }

    @Test("A loop resumed from a checkpoint file ends with the bits of an uninterrupted one", arguments: [0, 1, 4, 6])
    func resume(after done: Int) throws {
        let fixture = try StarterFixture()
        var whole = try fixture.loop("a red flower|blurry:-0.3", change: quick)
        var part = whole
        try part.run(done)
        try whole.run()
        let checkpoint = try RenderCheckpoint(decoding: part.checkpoint().encoded())
        #expect(checkpoint.iteration == done)
        var resumed = try fixture.loop("a red flower|blurry:-0.3", resuming: checkpoint, change: quick)
        try resumed.run()
        // Compared outside the macro, which would print every number.
        let (sameState, sameResult) = (resumed.checkpoint() == whole.checkpoint(), resumed.result() == whole.result())
        #expect(sameState && sameResult)
    }

    @Test(
        "Every optimiser goes on from a checkpoint file with the bits of an uninterrupted render",
        arguments: OptimizerName.allCases)
    func resume(with optimizer: OptimizerName) throws {
        let fixture = try StarterFixture()
        func change(_ spec: inout RenderSpec) {
            quick(&spec)
            spec.descent.optimizer = optimizer
        }
        var whole = try fixture.loop("a red flower", change: change)
        var part = whole
        try part.run(3)
        try whole.run()
        let checkpoint = try RenderCheckpoint(decoding: part.checkpoint().encoded())
        var resumed = try fixture.loop("a red flower", resuming: checkpoint, change: change)
        try resumed.run()
        let isSame = resumed.checkpoint() == whole.checkpoint()
        #expect(isSame && whole.checkpoint().arrays.count > 1)
    }

    @Test("The loop does exactly as many steps as asked for, and every prompt has its own loss")
    func steps() throws {
        var loop = try StarterFixture().loop("a red flower:2|a blue fish|green:-1", change: quick)
        #expect(!loop.isFinished && loop.steps.isEmpty)
        let first = try loop.step()
        #expect(first.iteration == 1 && first.terms.count == 3 && first.learningRate == 0.08)
        #expect(first.terms[0] > 0 && first.terms[2] < 0)
        #expect(abs(first.terms.reduce(0, +) - first.loss) < 1e-5)
        try loop.run()
        #expect(loop.steps.map(\.iteration) == [1, 2, 3, 4, 5, 6])
        let lines = loop.result().lossCSV().split(separator: "\n")
        #expect(lines[0] == "iteration,loss,prompt_1,prompt_2,prompt_3,learning_rate")
        #expect(lines.count == 7)
        let fields = lines[1].split(separator: ",")
        #expect(fields.count == 6 && Float(fields[1]) == first.loss && fields[5] == "0.08")
    }

    @Test("The loss falls, with the gentle and with the published cutouts", arguments: CutoutMethod.allCases)
    func lossFalls(method: CutoutMethod) throws {
        var loop = try StarterFixture().loop("a red circle on a blue background") {
            ($0.start, $0.iterations, $0.seed) = (.gray, 24, 1)
            $0.views = ViewSettings(count: $0.views.count, method: method)
        }
        try loop.run()
        func mean(_ steps: ArraySlice<StepReport>) -> Float { steps.reduce(0) { $0 + $1.loss } / Float(steps.count) }
        // Views and noise change from step to step, so means of four are compared.
        #expect(mean(loop.steps.suffix(4)) < mean(loop.steps.prefix(4)) - 0.05)
    }

    @Test("The searched start of a red circle on blue is red in the middle and blue in the corners")
    func search() throws {
        let image = try StarterFixture().loop("a red circle on a blue background").image()
        func mean(_ x: Range<Int>, _ y: Range<Int>) -> SIMD3<Double> {
            let colors = x.flatMap { x in y.map { image[x, $0] } }
            let sum = colors.reduce(SIMD3<Double>(0, 0, 0)) {
                $0 + SIMD3(Double($1.red), Double($1.green), Double($1.blue))
            }
            return sum / Double(colors.count)
        }
        let middle = mean(28..<36, 28..<36)
        #expect(middle.x > 150 && middle.x > 2 * middle.z && middle.x > 2 * middle.y)
        for (x, y) in [(0..<8, 0..<8), (56..<64, 0..<8), (0..<8, 56..<64), (56..<64, 56..<64)] {
            let corner = mean(x, y)
            #expect(corner.z > 120 && corner.z > 1.5 * corner.x)
        }
    }

    @Test("A random start takes rows of the codebook by the seed, an image start looks like the image")
    func starts() throws {
        let fixture = try StarterFixture()
        let random = try fixture.loop("x") { ($0.start, $0.seed) = (.random, 5) }
        let codebook = fixture.models.vqgan.codebook
        let (values, width) = (codebook.values, codebook.shape[1])
        let rows = Set(stride(from: 0, to: values.count, by: width).map { Array(values[$0..<($0 + width)]) })
        let latent = random.checkpoint().latent
        #expect(latent.count == 64 * width)
        #expect(
            stride(from: 0, to: latent.count, by: width).allSatisfy { rows.contains(Array(latent[$0..<($0 + width)])) })
        #expect(try fixture.loop("x") { ($0.start, $0.seed) = (.random, 5) }.checkpoint() == random.checkpoint())
        #expect(try fixture.loop("x") { ($0.start, $0.seed) = (.random, 6) }.checkpoint().latent != latent)

        var spec = RenderDefaults.starter.spec
        (spec.prompt, spec.start, spec.startImage) = ("x", .image, FileReference(name: "green.png"))
        let green = RGBImage(width: 30, height: 20, color: RGBColor(red: 40, green: 160, blue: 60))
        let image = try RenderLoop(
            spec: spec, models: fixture.models, backend: fixture.backend,
            pictures: RenderPictures([FileReference(name: "green.png"): green])
        ).image()
        let center = image[32, 32]
        #expect(abs(Int(center.red) - 40) < 30 && abs(Int(center.green) - 160) < 30 && abs(Int(center.blue) - 60) < 30)
        #expect(throws: RenderError.pictureMissing(name: "green.png")) {
            try RenderLoop(spec: spec, models: fixture.models, backend: fixture.backend)
        }
    }

    @Test("What does not fit the models is refused before anything is computed")
    func refusals() throws {
        let fixture = try StarterFixture()
        func error(_ change: (inout RenderSpec) -> Void) throws -> String {
            try #require(throws: RenderError.self) { _ = try fixture.loop("a cat", change: change) }.description
        }
        #expect(try error { $0.size.width = 60 }.contains("56×64, 64×64"))
        #expect(
            try error { $0.clip.sha256 = String(repeating: "a", count: 64) }.contains("names the weights aaaaaaaaaaaa…")
        )
        let spec = fixture.models.resolving(RenderDefaults.starter.spec)
        #expect(spec.vqgan.sha256?.count == 64 && spec.clip.sha256 != spec.vqgan.sha256)
    }

    @Test("A render whose gradient is not finite stops with the iteration and keeps its state")
    func divergence() throws {
        let fixture = try StarterFixture()
        var loop = try fixture.loop("a cat:1e38|a dog:1e38|a fish:1e38", change: quick)
        let before = loop.checkpoint()
        #expect(throws: RenderError.diverged(iteration: 1)) { try loop.step() }
        let isUnchanged = loop.checkpoint() == before
        #expect(isUnchanged)
    }
}

@Suite("Render checkpoints")
struct RenderCheckpointTests {
    private func checkpoint() throws -> (RenderLoop, StarterFixture) {
        let fixture = try StarterFixture()
        var loop = try fixture.loop("a cat") { ($0.start, $0.iterations, $0.views.count) = (.gray, 2, 1) }
        try loop.run(1)
        return (loop, fixture)
    }

    @Test("Any damaged byte, and any missing one, is noticed")
    func damage() throws {
        let bytes = try checkpoint().0.checkpoint().encoded()
        for position in stride(from: 0, to: bytes.count, by: 997) {
            var damaged = bytes
            damaged[position] ^= 0x10
            #expect(throws: RenderError.self) { try RenderCheckpoint(decoding: damaged) }
        }
        for length in [0, 7, 60, bytes.count - 1] {
            #expect(throws: RenderError.self) { try RenderCheckpoint(decoding: Array(bytes.prefix(length))) }
        }
    }

    @Test("A checkpoint of other settings is refused")
    func foreign() throws {
        let (loop, fixture) = try checkpoint()
        let error = try #require(throws: RenderError.self) {
            _ = try fixture.loop("a dog", resuming: loop.checkpoint()) {
                ($0.start, $0.iterations, $0.views.count) = (.gray, 2, 1)
            }
        }
        #expect(error.description.contains("belongs to another render"))
    }
}
