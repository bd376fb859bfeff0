import ArgumentParser
import FarmModel
import OrderedCollections

/// `atelier render "PROMPT" …`: pictures of some prompts, on a farm of this machine.
struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Render pictures of one or more prompts on this machine.",
        discussion: """
            Starts a local farm (a coordinator and worker processes on loopback), renders every prompt with every \
            seed, and prints where the pictures are. The embedded starter model is the default: small pictures with \
            the right colours and layout.

              atelier render "a red circle on a blue background" "a sunset over the sea" --seeds 2
              atelier render "green hills:1 | snow:-0.3" --iterations 120 --size 64x64

              atelier render "a red flower:2 | thorns:-0.5"                    # weights; negative ones repel
              atelier render "red@inside=left.png | blue@outside=left.png"     # masks; white is inside
              atelier render "green hills ^ snow" --set story_blend=20         # a story of two phrases
              atelier render "mountains" --set image_prompts="sunset.png:0.5"  # a picture as a prompt
              atelier render "snow" --start-image hills.png --set keep_mask=sky.png  # white stays as it is

            A prompt is text:weight:stop, several are joined by |, phrases of a story by ^. Write \\: \\| \\^ \\@ for \
            these characters as text. Running the same command again goes on where it was.
            """)

    @Argument(help: ArgumentHelp("What to draw.", valueName: "prompt"))
    var prompts: [String]

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Number of seeds per prompt, or a list as in 3,7,11.", valueName: "n"))
    var seeds = "1"

    @Option(
        help: ArgumentHelp("Name of the job and of its folder; by default the first prompt's words.", valueName: "name")
    )
    var name: String?

    @OptionGroup(title: "Settings")
    var settings: SettingFlags

    @OptionGroup(title: "Farm")
    var farm: LocalFarmFlags

    func run() async throws {
        let slug = JobSpec.slug(prompts.first ?? "", limit: 40)
        let template = JobTemplate(
            name: name ?? (slug.isEmpty ? "render" : slug), prompts: prompts.map { ["prompt": .string($0)] },
            seeds: try seedList(), settings: try settings.settings())
        try await LocalRun.run(template, farm)
    }

    private func seedList() throws -> [Int64] {
        let parts = seeds.split(separator: ",", omittingEmptySubsequences: false).map { Int64($0) }
        guard !parts.isEmpty, !parts.contains(nil) else {
            throw UserError("--seeds \(seeds): give a number of seeds, or a list such as 3,7,11")
        }
        let numbers = parts.compactMap { $0 }
        if numbers.count == 1 {
            guard (1...Int64(FarmModel.Limits.tasks)).contains(numbers[0]) else {
                throw UserError("--seeds \(seeds): a number of seeds lies in 1 ... \(FarmModel.Limits.tasks)")
            }
            return Array(1...numbers[0])
        }
        guard numbers.allSatisfy({ $0 >= 0 }), Set(numbers).count == numbers.count else {
            throw UserError("--seeds \(seeds): a list holds different whole numbers from 0")
        }
        return numbers
    }
}
