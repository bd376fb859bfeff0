import FarmModel
import FoundationEssentials

/// Checks of single fields: each returns the value as the model wants it, or throws what is wrong with it.
enum Checked {
    /// Something that must be there.
    static func present(_ isThere: Bool, _ field: String) throws {
        guard isThere else { throw Malformed("\(field) is missing") }
    }

    /// A number within bounds.
    static func number<Number: FixedWidthInteger & Sendable>(
        _ number: Number, in range: ClosedRange<Number>, _ field: String
    ) throws -> Number {
        guard range.contains(number) else {
            throw Malformed("\(field) is \(number), not \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number of octets or milliseconds, which the model keeps signed; negative ones were wrapped and are too large.
    static func amount(_ number: UInt64, atMost limit: Int64, _ field: String) throws -> Int64 {
        guard let amount = Int64(exactly: number), amount <= limit else {
            throw Malformed("\(field) is \(number), more than \(limit)")
        }
        return amount
    }

    /// A time of a specification, from 1 ms; nil stays nil.
    static func time(_ number: UInt64?, _ field: String) throws -> Int64? {
        guard let number else { return nil }
        guard let time = Int64(exactly: number), (1...Limits.milliseconds).contains(time) else {
            throw Malformed("\(field) is \(number), not 1 to \(Limits.milliseconds)")
        }
        return time
    }

    /// Words such as tags and features: sorted, without repetitions.
    static func tags(_ tags: [String], _ field: String) throws -> [String] {
        try count(tags.count, atMost: Limits.tags, field)
        guard tags.allSatisfy(JobSpec.isTag) else { throw Malformed("\(field) has a word that is no plain name") }
        guard zip(tags, tags.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw Malformed("\(field) is not sorted, or has a word twice")
        }
        return tags
    }

    /// A list of bounded length.
    static func count(_ count: Int, atMost limit: Int, _ field: String) throws {
        guard count <= limit else { throw Malformed("\(field) has \(count) entries, more than \(limit)") }
    }

    /// The number of a job.
    static func job(_ number: UInt64, _ field: String) throws -> JobID {
        JobID(try Checked.number(number, in: 1...UInt64.max, field))
    }

    /// The place of a task in its job.
    static func place(_ index: UInt32, _ field: String) throws -> UInt32 {
        try number(index, in: 0...UInt32(Limits.tasks - 1), field)
    }

    /// The name of a worker.
    static func worker(_ name: String, _ field: String) throws -> WorkerID {
        guard let worker = WorkerID(name) else {
            throw Malformed("\(field) is no name of 1 to 128 letters, digits, '.', '_' or '-'")
        }
        return worker
    }

    /// A digest of 32 octets.
    static func digest(_ data: Data, _ field: String) throws -> Digest {
        guard let digest = Digest([UInt8](data)) else {
            throw Malformed("\(field) has \(data.count) octets, not \(Digest.byteCount)")
        }
        return digest
    }

    /// The key that a coordinator will have later; nil if none is announced.
    static func nextKey(_ data: Data) throws -> [UInt8]? {
        data.isEmpty ? nil : try octets(data, 32, "next_server_key")
    }

    /// A name that may become the name of a file: no folder, no leading dot, ASCII.
    static func fileName(_ text: String, _ field: String) throws -> String {
        guard JobSpec.isFileName(text), text.utf8.count <= Limits.nameBytes else {
            throw Malformed(
                "\(field) is no plain file name of 1 to \(Limits.nameBytes) letters, digits, '.', '_' or '-'")
        }
        return text
    }

    /// A name of a setting, an axis or a metric: not empty, without control characters.
    static func name(_ text: String, _ field: String) throws -> String {
        guard !text.isEmpty else { throw Malformed("\(field) is empty") }
        return try label(text, atMost: Limits.nameBytes, field)
    }

    /// A line for people, without control characters; may be empty.
    static func label(_ text: String, atMost limit: Int = WireLimits.labelBytes, _ field: String) throws -> String {
        guard text.utf8.count <= limit else {
            throw Malformed("\(field) has \(text.utf8.count) octets, more than \(limit)")
        }
        guard !text.unicodeScalars.contains(where: Prose.isControl) else {
            throw Malformed("\(field) has a control character")
        }
        return text
    }

    /// Free text, which may have line ends and tabs.
    static func prose(_ text: String, _ field: String) throws -> String {
        guard text.utf8.count <= WireLimits.proseBytes else {
            throw Malformed("\(field) has \(text.utf8.count) octets, more than \(WireLimits.proseBytes)")
        }
        guard !text.unicodeScalars.contains(where: Prose.isRefused) else {
            throw Malformed("\(field) has a control character")
        }
        return text
    }

    /// A list without repetitions, each entry read by `read` and known by `key`.
    static func unique<Wire, Value>(
        _ list: [Wire], atMost limit: Int, _ field: String, key: (Value) -> String, read: (Wire) throws -> Value
    ) throws -> [Value] {
        try count(list.count, atMost: limit, field)
        var seen: Set<String> = []
        return try list.map { entry in
            let value = try read(entry)
            guard seen.insert(key(value)).inserted else {
                throw Malformed("\(field) has \"\(key(value))\" twice")
            }
            return value
        }
    }
}

/// Free text made fit to travel: a long or odd message is still worth sending, so it is trimmed and not refused.
enum Prose {
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// Control characters other than line ends and tabs: they could rewrite a terminal or a log.
    static func isRefused(_ scalar: Unicode.Scalar) -> Bool { isControl(scalar) && scalar != "\n" && scalar != "\t" }

    /// The text with refused characters as blanks, cut between characters at the limit.
    static func trimmed(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var octets = 0
        for scalar in text.unicodeScalars {
            let kept = isRefused(scalar) ? " " : scalar
            octets += UTF8.width(kept)
            if octets > WireLimits.proseBytes { break }
            result.append(kept)
        }
        return String(result)
    }
}
