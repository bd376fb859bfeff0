import ArgumentParser
import Guidance

/// How much memory a render may take.
struct MemoryFlag: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Memory of each engine, as in 2G or 900M: renders stay within it, or are refused before they start.",
            valueName: "size"),
        transform: { text in
            guard let size = MemorySize(text) else {
                throw ValidationError("--memory is \(text); it is a number with a unit, as 2G or 900M")
            }
            return size
        })
    var memory: MemorySize?
}
