/// Why a pickle was refused.
struct PickleFailure: Error {
    /// Offset of the opcode, from the start of the bytes that were read.
    let offset: Int
    /// What is wrong, in one sentence without a full stop.
    let message: String
    /// What to do, where it is not the usual advice.
    var hint: String?
}
