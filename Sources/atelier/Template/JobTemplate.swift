import FarmModel
import OrderedCollections

/// A sweep as people write it: prompts × other axes × seeds over common settings.
struct JobTemplate: Equatable {
    /// Name of the output folder.
    var name: String
    /// One point of the first axis each: a prompt and what it sets beside.
    var prompts: [Settings]
    /// Further axes in the order written: a setting and its values.
    var sweep: [Axis]
    /// The last axis.
    var seeds: [Int64]
    /// Settings of every task.
    var settings: Settings
    /// What is asked of the farm.
    var terms: JobTerms
    /// Tasks that only wait, in place of pictures: for measuring and testing a farm.
    var noop: NoopSweep?
    /// What relative names of files start from; nil for the current folder.
    var folder: String?

    struct Axis: Equatable {
        var setting: String
        var values: [SettingValue]
    }

    init(
        name: String, prompts: [Settings], sweep: [Axis] = [], seeds: [Int64] = [1], settings: Settings = [:],
        terms: JobTerms = JobTerms()
    ) {
        self.name = name
        self.prompts = prompts
        self.sweep = sweep
        self.seeds = seeds
        self.settings = settings
        self.terms = terms
    }

    /// The job: one step that renders every point.
    var jobSpec: JobSpec {
        var spec = JobSpec(name: name, steps: noop?.steps ?? [renderStep])
        terms.apply(to: &spec)
        return spec
    }

    private var renderStep: StepSpec {
        var axes = [ParameterSpace.Axis(name: "prompt", values: prompts)]
        axes += sweep.map { axis in
            ParameterSpace.Axis(name: axis.setting, values: axis.values.map { [axis.setting: $0] })
        }
        axes.append(ParameterSpace.Axis(name: "seed", values: seeds.map { ["seed": .integer($0)] }))
        return StepSpec(name: "render", action: .render, space: ParameterSpace(base: settings, axes: axes))
    }
}

extension ParameterSpace {
    /// Enough points to meet every value of every axis, and every two values of two axes as far as the limit goes,
    /// without forming the product: what validation looks at.
    ///
    /// Two settings may contradict each other, but no more than two do; the seed has no part in that.
    var representativePoints: [Settings] {
        var strides: [Int] = []
        var stride = 1
        for axis in axes.reversed() {
            strides.insert(stride, at: 0)
            stride *= axis.values.count
        }
        var indices = [0]
        for (axis, stride) in zip(axes, strides) {
            indices += (1..<max(1, axis.values.count)).map { $0 * stride }
        }
        let paired = zip(axes, strides).filter { $0.0.name != "seed" }
        for (number, (first, firstStride)) in paired.enumerated() {
            for (second, secondStride) in paired.dropFirst(number + 1) {
                for i in 1..<max(1, first.values.count) {
                    for j in 1..<max(1, second.values.count) where indices.count < Limits.checkedPoints {
                        indices.append(i * firstStride + j * secondStride)
                    }
                }
            }
        }
        return indices.map { settings(at: $0) }
    }
}
