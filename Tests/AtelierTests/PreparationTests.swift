import FarmModel
import Foundation
import OrderedCollections
import Testing

@testable import atelier

/// Files of a template become absolute names with digests before anything is submitted.
struct PreparationTests {
    /// A folder with some copies of a PNG, one of them below `masks/`; removed at the end.
    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-prepare-\(UUID().uuidString)")
            .resolvingSymlinksInPath()
        defer { try? FileManager.default.removeItem(at: folder) }
        let masks = folder.appending(path: "masks")
        try FileManager.default.createDirectory(at: masks, withIntermediateDirectories: true)
        let picture = Data(base64Encoded: Self.halfWhite) ?? Data()
        for file in ["a.png", "b:2.png", "masks/left.png"] { try picture.write(to: folder.appending(path: file)) }
        try body(folder)
    }

    /// A gray PNG of 2 × 1 pixels, white and black.
    private static let halfWhite =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR42mP4zwAAAgEBAKEeXHUAAAAASUVORK5CYII="

    /// SHA-256 of that file.
    private static let digest = "633070357372b9a135464b4fd7c0f54bc8d38ac0c51bcd2691152086151b5248"

    private func prepared(_ yaml: String, in folder: URL) throws -> JobSpec {
        let file = folder.appending(path: "sweep.yaml")
        try Data(yaml.utf8).write(to: file)
        return try JobPreparation.prepare(try TemplateFile.read(file.path)).spec
    }

    @Test("Pictures in any setting and masks in any text are found beside the template and pinned")
    func pinned() throws {
        try inFolder { folder in
            let spec = try prepared(
                #"""
                prompts:
                  - red@inside=masks/left.png
                  - { prompt: a cat, image_prompts: ['a.png:2', 'b\:2.png@outside=masks/left'], prompt_masks: masks/left.png }
                  - { prompt: snow, start_image: a.png, keep_mask: masks/left.png }
                settings: { iterations: 2 }
                """#, in: folder)
            let tasks = try (0..<3).map { try #require(spec.task(at: $0)).settings }
            func pinned(_ name: String) -> String {
                folder.appending(path: name).path.replacing(":", with: #"\:"#) + "@sha256:" + Self.digest
            }
            #expect(tasks[0]["prompt_masks"] == .list([.string(pinned("masks/left.png"))]))
            #expect(
                tasks[1]["image_prompts"]
                    == .list([
                        .string(pinned("a.png") + ":2.0"), .string(pinned("b:2.png") + "@outside=masks/left"),
                    ]))
            #expect(tasks[1]["prompt_masks"] == .string(pinned("masks/left.png")))
            #expect(tasks[2]["start_image"] == .string(pinned("a.png")))
            #expect(tasks[2]["keep_mask"] == .string(pinned("masks/left.png")))
            // What one prompt needs is no setting of the others.
            #expect(tasks[0]["start_image"] == nil && tasks[2]["prompt_masks"] == nil && tasks[2]["start"] == nil)
        }
    }

    @Test(
        "A missing file, no picture and a mask without a start are refused in one line",
        arguments: [
            ("prompts: [red@inside=masks/right.png]", "prompt_masks: there is no file"),
            ("prompts: [{ prompt: a, image_prompts: [c.png] }]", "image_prompts: there is no file"),
            ("prompts: [{ prompt: a, image_prompts: [masks] }]", "is a folder, not a file"),
            ("prompts: [{ prompt: a, image_prompts: [sweep.yaml] }]", "PNG"),
            ("prompts: [{ prompt: a, keep_mask: a.png }]", "“keep_mask” needs a “start_image”"),
        ])
    func refused(yaml: String, part: String) throws {
        try inFolder { folder in
            let error = try #require(throws: UserError.self) { _ = try prepared(yaml, in: folder) }
            #expect(error.message.contains(part), "\(error.message)")
            #expect(!error.message.contains("\n"))
        }
    }
}
