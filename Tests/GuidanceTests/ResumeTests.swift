import Imaging
import StarterModel
import TensorCPU
import Testing

@testable import Guidance

@Suite("Resuming with everything at once")
struct ResumeTests {
    /// Every setting that leaves a trace in the state or in the loss, all of them together.
    private func spec(_ judge: OtherJudge) throws -> RenderSpec {
        let spec = try RenderSpec(
            json: """
                {"prompt": "a red flower:2@inside=left | sky ^ blue hills@inside=left | snow:-0.5:0.1 | stars",
                 "image_prompts": ["photo.png:0.5", "left.png@outside=left:-0.1"], "noise_prompts": [7, "8:0.3"],
                 "story_every": 4, "story_blend": 3, "seed": 11, "size": [48, 32], "iterations": 14,
                 "start_image": "photo.png", "start_noise": 0.2, "start_fit": "fill", "keep_mask": "spot.png",
                 "learning_rate": 0.05, "schedule": "cosine", "warmup": 3, "learning_rate_drops": [0.4, 0.8],
                 "optimizer": "AdamP", "clip_gradient_value": 0.01, "clip_gradient_norm": 0.05, "clamp_latent": false,
                 "latent_average": 0.9, "keep_best": true, "plateau_iterations": 20,
                 "init_weight": 0.3, "init_weight_method": "pixels", "total_variation": 0.1, "smoothness": 0.1,
                 "palette": ["#203040", "#ffcc00"], "saturation": 0.1, "symmetry": "both", "seamless": "horizontal",
                 "cutouts": "3@0,2@5", "cutout_method": "nrupdated", "cut_pow": 2, "cutout_batch": 2,
                 "augmentations": ["Af", "Pe", "Ji", "Er", "Hf", "Sh", "Gn(std=0.1)", "Ro", "Et", "Ts", "Cr", "Re"],
                 "corrected_augmentations": true, "clip": ["starter", "\(judge.path):0.5"]}
                """)
        return spec
    }

    private var pictures: RenderPictures {
        let ramp = (0..<40 * 24 * 3).map { UInt8($0 * 7 % 256) }
        return RenderPictures([
            FileReference(name: "photo.png"): RGBImage(width: 40, height: 24, pixels: ramp),
            FileReference(name: "left.png"): .halves(width: 48, height: 32, left: .white, right: .black),
            FileReference(name: "left"): .halves(width: 48, height: 32, left: .white, right: .black),
            FileReference(name: "spot.png"): .halves(width: 40, height: 24, left: .black, right: .white),
        ])
    }

    @Test("A resumed render equals the uninterrupted one bit for bit, wherever it stops", arguments: [1, 6, 12])
    func everything(after done: Int) throws {
        let judge = try OtherJudge()
        let (spec, backend) = (try spec(judge), CPUBackend(threads: 1))
        let models = try GuidanceModels.load(for: spec, on: backend)
        func loop(_ checkpoint: RenderCheckpoint? = nil) throws -> RenderLoop {
            try RenderLoop(spec: spec, models: models, backend: backend, pictures: pictures, resuming: checkpoint)
        }
        var whole = try loop()
        var part = whole
        try part.run(done)
        try whole.run()
        var resumed = try loop(try RenderCheckpoint(decoding: part.checkpoint().encoded()))
        try resumed.run()
        let isSame = resumed.checkpoint() == whole.checkpoint() && resumed.result() == whole.result()
        #expect(isSame && whole.steps.count == 14 && whole.checkpoint().arrays["best"] != nil)

        // Every term has a name, and every column the number of its name.
        let lines = whole.result().lossCSV().split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        let prompts = [
            "prompt_1", "prompt_2", "prompt_3", "image_prompt_1", "image_prompt_2", "noise_prompt_1", "noise_prompt_2",
        ]
        #expect(
            lines[0] == ["iteration", "loss"] + prompts.map { "clip_1_" + $0 } + prompts.map { "clip_2_" + $0 } + [
                "init_weight", "total_variation", "smoothness", "palette", "saturation", "symmetry_left_right",
                "symmetry_up_down", "learning_rate",
            ])
        #expect(lines.allSatisfy { $0.count == lines[0].count })
        // The third prompt is in the second phrase only.
        let third = lines.dropFirst().compactMap { Float($0[4]) }
        #expect(third.prefix(4).allSatisfy { $0 == 0 } && third[7] != 0)
        for step in whole.steps { #expect(abs(step.terms.reduce(0, +) - step.loss) < 1e-4 * max(1, abs(step.loss))) }
    }
}
