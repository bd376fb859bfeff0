/// A complaint about a frame that could not be accepted.
public struct WireError: Hashable, Sendable {
    /// What was wrong.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The command is not known here.
        case unknownCommand
        /// The frame or its body breaks a rule of the encoding.
        case malformed
        /// The session number is not that of the live session.
        case staleSession
        /// The command is known, but not at this point of the dialogue.
        case unexpected
    }

    /// What was wrong.
    public var code: Code
    /// Sequence number of the offending frame; 0 if it could not be read.
    public var about: UInt64
    /// Whether the sender ends the session.
    public var isFatal: Bool
    /// One line for people.
    public var detail: String

    /// Makes a complaint.
    public init(_ code: Code, about: UInt64, isFatal: Bool, detail: String) {
        self.code = code
        self.about = about
        self.isFatal = isFatal
        self.detail = detail
    }
}

extension WireError.Code: WireMapped {
    var wire: WireErrorReport.Code {
        switch self {
        case .unknownCommand: .unknownCommand
        case .malformed: .malformed
        case .staleSession: .staleSession
        case .unexpected: .unexpected
        }
    }
}

extension WireErrorReport {
    init(_ error: WireError) {
        self.init()
        code = error.code.wire
        about = error.about
        fatal = error.isFatal
        detail = Prose.trimmed(error.detail)
    }

    func model() throws -> WireError {
        try Checked.present(hasAbout, "error.about")
        try Checked.present(hasFatal, "error.fatal")
        return WireError(
            try .init(code, "error.code"), about: about, isFatal: fatal,
            detail: try Checked.prose(detail, "error.detail"))
    }
}

extension FrameError {
    /// What the receiver answers, if anything.
    ///
    /// Strays and ignorable commands get no answer, and so does another major version here: its answer is REFUSE,
    /// whose form depends on the dialogue.
    public func answer(about sequence: UInt64) -> WireError? {
        switch self {
        case .signature, .version, .unknownCommand(_, isIgnorable: true): nil
        case .unknownCommand: WireError(.unknownCommand, about: sequence, isFatal: false, detail: description)
        case .unexpected: WireError(.unexpected, about: sequence, isFatal: true, detail: description)
        case .tooLong, .malformed, .multipart:
            WireError(.malformed, about: sequence, isFatal: true, detail: description)
        }
    }

    /// Whether the dialogue with the sender ends.
    public var endsSession: Bool {
        switch self {
        case .signature, .unknownCommand: false
        case .version, .unexpected, .tooLong, .malformed, .multipart: true
        }
    }
}
