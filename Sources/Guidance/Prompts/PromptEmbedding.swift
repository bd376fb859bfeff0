import CLIP
import Checkpoints
import Imaging
import TensorCore

/// Turns the prompts of a specification into one CLIP's space.
struct PromptEmbedding {
    let model: JudgeModel
    /// How image prompts are looked at: as the render is.
    let cutouts: any Cutouts
    let backend: any Backend

    /// All prompts of a checked specification, embedded; throws `RenderError` if a picture was not handed over.
    func schedule(of spec: RenderSpec, pictures: RenderPictures) throws(RenderError) -> PromptSchedule {
        do {
            let story = try spec.story()
            var phrases: [[Prompt]] = []
            for phrase in story {
                var prompts: [Prompt] = []
                for prompt in phrase {
                    prompts.append(
                        Prompt(
                            embedding: try model.embedding(of: prompt.text), weight: prompt.weight, stop: prompt.stop,
                            region: try spec.maskRegion(of: prompt.region)))
                }
                phrases.append(prompts)
            }
            var constant: [Prompt] = []
            for (number, prompt) in spec.prompting.images.enumerated() {
                let image = try pictures.image(prompt.file)
                constant.append(
                    Prompt(
                        embedding: picture(image, number: number, of: spec), weight: prompt.weight, stop: prompt.stop,
                        region: try spec.maskRegion(of: prompt.region)))
            }
            constant += spec.prompting.noises.map {
                Prompt(embedding: noise(seed: $0.seed), weight: $0.weight, stop: $0.stop)
            }
            return PromptSchedule(
                phrases: phrases, constant: constant, timing: StoryTiming(of: spec, phrases: phrases.count))
        } catch let error as PromptError {
            throw .specification(.prompt(error))
        } catch let error as RenderSpecError {
            throw .specification(error)
        } catch let error as RenderError {
            throw error
        } catch let error as CheckpointError {
            throw .modelUnreadable("\(error)")
        } catch {
            preconditionFailure("prompts fail in four ways, not by \(error)")
        }
    }

    /// The embeddings of a picture's views, `[m, d]`.
    ///
    /// As in the published scripts the picture keeps its aspect, is no larger than the render's area, and is seen
    /// through the cutouts of iteration 0; the views are drawn from a stream of the seed and the prompt's number, and
    /// stay the same for the whole render.
    private func picture(_ image: RGBImage, number: Int, of spec: RenderSpec) -> Tensor {
        let aspect = Double(image.width) / Double(image.height)
        let area = Double(min(image.width * image.height, spec.size.width * spec.size.height))
        let resized = image.resized(
            width: max(1, Int((area * aspect).squareRoot().rounded())),
            height: max(1, Int((area / aspect).squareRoot().rounded())))
        let samples = Tensor(resized.pixels.map { Float($0) / 255 }, shape: resized.shape, on: backend)
        var stream = RandomPurpose.imagePrompt.stream(seed: spec.seed, lane: number)
        let seed = UInt64(stream.nextBits()) << 32 | UInt64(stream.nextBits())
        return model.clip.encodeImage(cutouts.bordered.views(of: samples, seed: seed, iteration: 0)).detached()
    }

    /// A random direction, `[1, d]`.
    private func noise(seed: UInt64) -> Tensor {
        var stream = RandomPurpose.noisePrompt.stream(seed: seed)
        let width = model.clip.configuration.embedDim
        return Tensor(stream.normals(width), shape: [1, width], on: backend)
    }
}

extension RGBImage {
    /// As a batch of one: `[1, H, W, 3]`.
    var shape: Shape { [1, height, width, 3] }
}
