import Glibc

/// The target that `ATELIER_FUZZ_TARGET` names.
private let target: FuzzTarget = {
    let name = getenv("ATELIER_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        preconditionFailure("ATELIER_FUZZ_TARGET is '\(name)', not one of \(FuzzTarget.allCases.map(\.rawValue))")
    }
    return target
}()

/// What libFuzzer calls with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    _ = target.run(UnsafeRawBufferPointer(start: start, count: count))
    return 0
}
