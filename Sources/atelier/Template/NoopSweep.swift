import FarmModel
import OrderedCollections

/// Any number of tasks that only wait: what `noop: { tasks: 1000000, milliseconds: 5 }` in a template asks for.
struct NoopSweep: Equatable {
    /// How many tasks.
    var tasks: Int
    /// How long each waits, milliseconds.
    var milliseconds: Int64

    /// Values of one axis: products of these keep a specification small enough for one message.
    private static let radix = 100

    /// The tasks as products of short axes: one step for each digit of their number in base 100.
    var steps: [StepSpec] {
        var steps: [StepSpec] = []
        var (rest, places) = (tasks, 0)
        while rest > 0 {
            let digit = rest % NoopSweep.radix
            if digit > 0 { steps.append(step(digit, places: places)) }
            rest /= NoopSweep.radix
            places += 1
        }
        return steps
    }

    private func step(_ digit: Int, places: Int) -> StepSpec {
        func axis(_ name: String, _ count: Int) -> ParameterSpace.Axis {
            .init(name: name, values: (0..<count).map { [name: .integer(Int64($0))] })
        }
        let axes = [axis("digit", digit)] + (0..<places).map { axis("place_\($0 + 1)", NoopSweep.radix) }
        return StepSpec(
            name: "wait-\(places + 1)", action: .noop,
            space: ParameterSpace(base: ["milliseconds": .integer(milliseconds)], axes: axes))
    }
}
