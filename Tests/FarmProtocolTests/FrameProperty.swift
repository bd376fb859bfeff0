import FarmProtocol

/// What holds of the decoder for any octets whatever, on every lane: for the fuzzer that `deploy/fuzz` builds, and for
/// the tests that replay its corpus and that need no fuzzer.
enum FrameProperty {
    /// Reads the octets on every lane; true where one of them accepts.
    ///
    /// Traps where the rule is broken.
    static func accepts(_ bytes: [UInt8]) -> Bool {
        var isAccepted = false
        for lane in Lane.allCases where accepts(bytes, on: lane) { isAccepted = true }
        return isAccepted
    }

    /// Reads the octets on one lane: an error is one line of bounded length, and what is accepted can be said again.
    static func accepts(_ bytes: [UInt8], on lane: Lane) -> Bool {
        let frame: Frame
        do {
            frame = try Frame.decode(bytes, on: lane)
        } catch {
            let text = error.description
            precondition(text.utf8.count < 512 && !text.utf8.contains(0x0A), "no line to log: \(text)")
            return false
        }
        do {
            // Not the same octets: the sender may have used another spelling. But ours is a fixed point; octets are
            // compared, since a loss may be no number.
            let ours = try frame.encoded()
            let again = try Frame.decode(ours, on: lane).encoded()
            precondition(again == ours, "\(frame) is read as another one")
            return true
        } catch {
            preconditionFailure("\(frame) was accepted, and is not when it is said again: \(error)")
        }
    }
}
