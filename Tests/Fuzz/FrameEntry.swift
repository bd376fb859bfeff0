/// What libFuzzer calls with every input: the octets of one message, as a stranger might send them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    _ = FrameProperty.accepts(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
