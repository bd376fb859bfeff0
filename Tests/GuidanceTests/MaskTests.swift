import Imaging
import TensorCPU
import TensorCore
import Testing

@testable import Guidance

@Suite("Masks")
struct MaskTests {
    private let backend = CPUBackend(threads: 1)
    private let size = PictureSize(width: 16, height: 8)

    private func mask(_ white: (_ x: Int, _ y: Int) -> Float) -> GrayMask {
        GrayMask(
            width: size.width, height: size.height,
            values: (0..<(size.width * size.height)).map { white($0 % size.width, $0 / size.width) })
    }

    private func picture() -> Tensor {
        Tensor(testPicture(height: size.height, width: size.width), shape: [1, 8, 16, 3], on: backend).tracked()
    }

    @Test("A masked prompt sees the square around its region, gray elsewhere, and pushes back there alone")
    func region() throws {
        // A soft spot of 3 × 2 pixels.
        let spot = mask { x, y in (2...4).contains(x) && (5...6).contains(y) ? (x == 2 ? 0.4 : 1) : 0 }
        #expect(spot.box == .init(x: 2, y: 5, width: 3, height: 2))
        let view = try #require(RegionView(spot, isOutside: false, on: backend))
        let image = picture()
        let seen = view(image)
        #expect(seen.shape == [1, 3, 3, 3])
        let (values, all) = (seen.values, image.values)
        for y in 0..<3 {
            for x in 0..<3 {
                let share = spot.values[(y + 5) * 16 + x + 2]
                let source = ((y + 5) * 16 + x + 2) * 3
                #expect(abs(values[(y * 3 + x) * 3] - (all[source] * share + 0.5 * (1 - share))) < 1e-6)
            }
        }
        let cotangent = Tensor((0..<27).map { Float($0) - 13.5 }, shape: [1, 3, 3, 3], on: backend)
        let slope = gradient(of: seen, withRespectTo: [image], cotangent: cotangent)[0].values
        for (index, value) in slope.enumerated() {
            let (x, y) = (index / 3 % 16, index / 48)
            let inside = (2...4).contains(x) && (5...7).contains(y)
            let expected = inside ? spot.values[index / 3] * (Float(((y - 5) * 3 + x - 2) * 3 + index % 3) - 13.5) : 0
            #expect(abs(value - expected) < 1e-5)
        }
    }

    @Test("Outside is what is left, and a mask that leaves nothing is refused")
    func outside() throws {
        let half = mask { x, _ in x < 8 ? 1 : 0 }
        let inside = try #require(RegionView(half, isOutside: false, on: backend))
        let outside = try #require(RegionView(half, isOutside: true, on: backend))
        let image = picture()
        #expect(inside(image).values == image.slice(axis: 2, start: 0, count: 8).values)
        #expect(outside(image).values == image.slice(axis: 2, start: 8, count: 8).values)
        #expect(RegionView(mask { _, _ in 1 }, isOutside: true, on: backend) == nil)
        let fixture = try StarterFixture()
        var spec = RenderDefaults.starter.spec
        (spec.prompt, spec.prompting.masks) = ("a@inside=black", [FileReference(name: "black.png")])
        let black = RenderPictures([FileReference(name: "black.png"): RGBImage(width: 4, height: 4)])
        let error = try #require(throws: RenderError.self) { try fixture.models.validate(spec, pictures: black) }
        #expect(error.description.contains("black.png has nothing inside"))
        #expect(throws: RenderError.pictureMissing(name: "black.png")) {
            try fixture.models.validate(spec, pictures: RenderPictures())
        }
    }

    @Test("Masks are enlarged without ringing: white stays white, black stays black")
    func resizing() {
        let halves = RGBImage.halves(width: 8, height: 4, left: .white, right: .black)
        let large = GrayMask(halves, size: size, on: backend)
        for y in 0..<8 {
            let row = (0..<16).map { large.values[y * 16 + $0] }
            #expect(row.prefix(7).allSatisfy { $0 == 1 } && row.suffix(7).allSatisfy { $0 == 0 })
            #expect(row[7] > row[8] && row[7] < 1)
        }
    }

    @Test("Kept pixels are laid over the painted picture, and nothing flows back through them")
    func kept() throws {
        let soft = mask { x, _ in x < 6 ? 1 : x < 8 ? 0.2 : 0 }
        let start = RGBImage(width: 16, height: 8, pixels: (0..<384).map { UInt8($0 % 251) })
        let region = KeptRegion(start: start, mask: soft, on: backend)
        let image = picture()
        let judged = region.over(image)
        let slope = gradient(
            of: judged, withRespectTo: [image], cotangent: Tensor(repeating: 2, shape: [1, 8, 16, 3], on: backend))[0]
        for index in 0..<384 {
            let share = soft.values[index / 3]
            let expected = image.values[index] * (1 - share) + Float(start.pixels[index]) / 255 * share
            #expect(abs(judged.values[index] - expected) < 1e-6)
            #expect(abs(slope.values[index] - 2 * (1 - share)) < 1e-6)
        }
        let painted = RGBImage(width: 16, height: 8, color: RGBColor(0x804020))
        let final = region.over(painted)
        for y in 0..<8 {
            for x in 0..<16 {
                if x < 6 { #expect(final[x, y] == start[x, y]) }
                if x >= 8 { #expect(final[x, y] == painted[x, y]) }
            }
        }
        #expect(final[6, 0].red == UInt8((0.8 * 128 + 0.2 * Float(start[6, 0].red)).rounded()))
    }

    @Test("The finished picture has the very bytes of the placed start where it is kept", arguments: StartFit.allCases)
    func bytes(fit: StartFit) throws {
        let fixture = try StarterFixture()
        var spec = RenderDefaults.starter.spec
        (spec.prompt, spec.start, spec.iterations, spec.views.count) = ("snow", .image, 3, 2)
        (spec.startImage, spec.starting.fit) = (FileReference(name: "s.png"), fit)
        spec.starting.keepMask = FileReference(name: "k.png")
        let start = RGBImage(width: 90, height: 60, pixels: (0..<16200).map { UInt8($0 * 7 % 256) })
        let half = RGBImage.halves(width: 90, height: 60, left: .white, right: .black)
        let pictures = RenderPictures([FileReference(name: "s.png"): start, FileReference(name: "k.png"): half])
        var loop = try RenderLoop(
            spec: spec, models: fixture.models, backend: fixture.backend, pictures: pictures)
        try loop.run()
        let (image, placed) = (loop.image(), start.placed(in: spec.size, fit))
        // With `fit` the picture is 64 × 43 between bars of 10 and 11 rows, which are not kept.
        let rows = fit == .fit ? 11..<52 : 0..<64
        var changed = false
        for y in rows {
            for x in 0..<64 {
                if x < 30 { #expect(image[x, y] == placed[x, y]) }
                if x > 34, image[x, y] != placed[x, y] { changed = true }
            }
        }
        #expect(changed)
        guard fit != .stretch else { return }
        let wrong = RenderPictures([FileReference(name: "s.png"): start, FileReference(name: "k.png"): placed])
        let error = try #require(throws: RenderError.self) { try fixture.models.validate(spec, pictures: wrong) }
        #expect(error.description.contains("they must have one size"))
    }
}
