import FarmModel
import OrderedCollections
import Testing

@Suite("Job specifications")
struct JobSpecTests {
    private let sweep = JobSpec(
        name: "sweep",
        steps: [
            StepSpec(
                name: "render", action: .render,
                space: ParameterSpace(
                    base: ["iterations": .integer(10)],
                    axes: [
                        .init(
                            name: "prompt",
                            values: [["prompt": .string("a red boat")], ["prompt": .string("Ünder the sea!")]]),
                        .init(name: "seed", values: (1...3).map { ["seed": .integer($0)] }),
                    ])),
            StepSpec(name: "check", action: .noop, dependsOn: ["render"], space: ParameterSpace()),
        ])

    @Test("The product of the axes is the number of tasks, the last axis varying fastest")
    func product() {
        #expect(sweep.taskCount == 7)
        let seeds = (0..<6).map { sweep.task(at: $0)?.settings["seed"] }
        #expect(seeds == [.integer(1), .integer(2), .integer(3), .integer(1), .integer(2), .integer(3)])
        #expect(sweep.task(at: 3)?.settings["prompt"] == .string("Ünder the sea!"))
        #expect(sweep.task(at: 3)?.settings["iterations"] == .integer(10))
        #expect(sweep.task(at: 6)?.action == .noop)
        #expect(sweep.task(at: 7) == nil)
    }

    @Test("Labels are file names and unique")
    func labels() {
        let labels = (0..<7).compactMap { sweep.task(at: $0)?.label }
        #expect(labels.first == "0001-a-red-boat-s1")
        #expect(labels[3] == "0004-nder-the-sea-s1")
        #expect(labels.last == "0007")
        #expect(Set(labels).count == 7)
        #expect(labels.allSatisfy(JobSpec.isFileName))
    }

    @Test("A good specification passes")
    func valid() throws { try sweep.validate() }

    /// What can be wrong with a specification.
    enum Flaw: String, CaseIterable {
        case hidden = "job name", folder = "\"a/b\"", noStep = "0 steps", twice = "two steps"
        case cycle = "no earlier step", empty = "no task", huge = "split it"
        case wordy = "octets", manifold = "settings; use up to 256", stubborn = "retries"

        var spec: JobSpec {
            switch self {
            case .hidden: JobSpec(name: ".hidden", steps: [.one])
            case .folder: JobSpec(name: "a/b", steps: [.one])
            case .noStep: JobSpec(name: "none", steps: [])
            case .twice: JobSpec(name: "twice", steps: [.one, .one])
            case .cycle: JobSpec(name: "cycle", steps: [.depending(on: "later")])
            case .empty: JobSpec(name: "empty", steps: [.sized(0)])
            case .wordy: JobSpec(name: "wordy", steps: [.long(Limits.settingBytes)])
            case .manifold: JobSpec(name: "manifold", steps: [.one, .manifold])
            case .stubborn: JobSpec(name: "stubborn", steps: [.one], retries: RetryBudget(task: 70_000))
            case .huge: JobSpec(name: "huge", steps: [.one, .sized(2_000, by: Limits.tasks / 2_000)])
            }
        }
    }

    @Test("A bad specification is refused with a reason", arguments: Flaw.allCases)
    func invalid(flaw: Flaw) {
        let error = #expect(throws: InvalidJob.self) { try flaw.spec.validate() }
        #expect(error?.description.contains(flaw.rawValue) == true)
    }

    @Test("A space that overflows saturates")
    func overflow() {
        let axis = ParameterSpace.Axis(name: "x", values: Array(repeating: [:], count: 1 << 13))
        #expect(ParameterSpace(axes: Array(repeating: axis, count: 5)).count == .max)
    }
}

extension StepSpec {
    fileprivate static let one = StepSpec(name: "one", action: .noop, space: ParameterSpace())

    fileprivate static func long(_ octets: Int) -> StepSpec {
        let prompt: Settings = ["prompt": .string(String(repeating: "a", count: octets))]
        let axis = ParameterSpace.Axis(name: "prompt", values: [["prompt": .string("short")], prompt])
        return StepSpec(name: "long", action: .noop, space: ParameterSpace(axes: [axis]))
    }

    fileprivate static let manifold = StepSpec(
        name: "manifold", action: .noop,
        space: ParameterSpace(
            base: Settings(uniqueKeysWithValues: (0...Limits.settings).map { ("s\($0)", .integer(0)) })))

    fileprivate static func depending(on name: String) -> StepSpec {
        StepSpec(name: "early", action: .noop, dependsOn: [name], space: ParameterSpace())
    }

    fileprivate static func sized(_ count: Int, by rows: Int = 1) -> StepSpec {
        StepSpec(
            name: "sized", action: .noop,
            space: ParameterSpace(
                axes: [(name: "x", count: count), (name: "y", count: rows)].map { axis in
                    .init(name: axis.name, values: Array(repeating: [:], count: axis.count))
                }))
    }
}
