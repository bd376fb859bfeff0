import Crypto
import FarmModel
import Foundation
import OrderedCollections

/// The jobs that a chaos run submits: no-op sweeps, renders with the starter model, chains and steps that wait.
enum Workload {
    private static let prompts = ["a red circle on a blue background", "a sunset over the sea"]

    /// A job whose name ends in its kind.
    static func job(_ number: Int, renders: Bool, _ dice: inout Dice) -> JobSpec {
        let kinds: [(element: String, weight: Double)] = [
            ("sweep", 4), ("render", renders ? 3 : 0), ("chain", 1.5), ("steps", 1.5),
        ]
        let kind = dice.pick(weighted: kinds) ?? "sweep"
        let digits = String(number)
        let name = "j" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-" + kind
        let priority = Int32(dice.number(0...2))
        var steps: [StepSpec]
        switch kind {
        case "render": steps = [render(&dice)]
        case "chain": steps = [chain(&dice)]
        case "steps":
            var last = noop("last", tasks: 2, milliseconds: 100, &dice)
            last.dependsOn = ["first"]
            steps = [noop("first", tasks: dice.number(2...8), milliseconds: 250, &dice), last]
        default: steps = [noop("noop", tasks: dice.number(5...30), milliseconds: 400, &dice)]
        }
        // An engine that hangs is given up before the end of the run.
        for index in steps.indices { steps[index].stallMilliseconds = 30_000 }
        return JobSpec(name: name, steps: steps, priority: priority, submitter: ["ada", "ben"][number % 2])
    }

    /// A job of many equal tasks that take as long as asked for.
    static func uniform(_ name: String, tasks: Int, milliseconds: Int) -> JobSpec {
        let side = Int(Double(tasks).squareRoot())
        let rows = (0..<((tasks + side - 1) / side)).map { ["row": SettingValue.integer(Int64($0))] as Settings }
        let columns = (0..<side).map { ["column": SettingValue.integer(Int64($0))] as Settings }
        let space = ParameterSpace(
            base: ["milliseconds": .integer(Int64(milliseconds))],
            axes: [.init(name: "row", values: rows), .init(name: "column", values: columns)])
        return JobSpec(name: name, steps: [StepSpec(name: "noop", action: .noop, space: space)])
    }

    /// A name for a job that is equal for equal jobs.
    static func key(of spec: JobSpec, run: String) -> FarmModel.Digest {
        guard let key = FarmModel.Digest(Array(SHA256.hash(data: Data("\(run) \(spec.name)".utf8)))) else {
            preconditionFailure("SHA-256 has \(FarmModel.Digest.byteCount) octets")
        }
        return key
    }

    // MARK: - Steps

    private static func noop(_ name: String, tasks: Int, milliseconds: Int, _ dice: inout Dice) -> StepSpec {
        let values = (0..<tasks).map { index in
            [
                "index": .integer(Int64(index)), "milliseconds": .integer(Int64(dice.number(0...2 * milliseconds))),
            ] as Settings
        }
        return StepSpec(
            name: name, action: .noop, space: ParameterSpace(axes: [.init(name: "index", values: values)]))
    }

    private static func chain(_ dice: inout Dice) -> StepSpec {
        var step = noop("chain", tasks: dice.number(3...8), milliseconds: 150, &dice)
        step.isChain = true
        return step
    }

    /// Few pictures in all, so that the same ones are rendered again and again and can be compared.
    private static func render(_ dice: inout Dice) -> StepSpec {
        let seeds = (0..<dice.number(1...2)).map { ["seed": .integer(Int64($0 + 1))] as Settings }
        let long = dice.chance(0.3)
        return StepSpec(
            name: "render", action: .render,
            space: ParameterSpace(
                base: ["iterations": .integer(long ? 24 : 4), "cutouts": .integer(2), "start": .string("gray")],
                axes: [
                    .init(name: "prompt", values: prompts.map { ["prompt": .string($0)] }),
                    .init(name: "seed", values: seeds),
                ]), checkpointMilliseconds: 1_000)
    }
}
