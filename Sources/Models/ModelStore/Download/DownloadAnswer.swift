/// What a server's answer means for a download that has some octets already: pure, so that every case is tested.
enum DownloadAnswer: Equatable {
    /// The body goes on where the part ends; the whole has this size, where it is known.
    case append(total: Int64?)
    /// The body is the whole: what is here is dropped.
    case restart(total: Int64?)
    /// The server has no octets beyond those that are here.
    case complete
    /// What is here cannot be gone on with; ask again for the whole.
    case startOver
    /// Nothing to be had now; another attempt may fare better.
    case retry(String, after: Int?)
    /// Nothing to be had at all.
    case fail(ModelStoreError.Reason, String)

    /// Reads an answer.
    ///
    /// - Parameters:
    ///   - status: the status of HTTP.
    ///   - header: gives a header's value by its name.
    ///   - have: octets of the part.
    ///   - limit: octets that the whole may have.
    init(status: Int, header: (String) -> String?, have: Int64, limit: Int64) {
        let length = header("Content-Length").flatMap { Int64($0) }
        // A length of an encoded body says nothing about the file.
        let isPlain = header("Content-Encoding").map { $0.lowercased() == "identity" } ?? true
        switch status {
        case 200:
            if let length, length > limit {
                self = .tooLarge(length, limit)
            } else {
                self = .restart(total: isPlain ? length : nil)
            }
        case 206:
            guard let range = ContentRange(header("Content-Range") ?? "") else {
                self = .fail(.badAnswer, "the server sent a part without saying which")
                return
            }
            guard range.first == have else {
                self = .fail(.badAnswer, "the server sent octets from \(range.first) instead of \(have)")
                return
            }
            if let total = range.total, total > limit {
                self = .tooLarge(total, limit)
            } else {
                self = .append(total: range.total)
            }
        case 416:
            let total = header("Content-Range").flatMap { $0.split(separator: "/").last }.flatMap { Int64($0) }
            self = total == have && have > 0 ? .complete : .startOver
        case 404, 410: self = .fail(.notFound, "the server does not have it (\(status))")
        case 401, 403: self = .fail(.notFound, "the server does not give it to everybody (\(status))")
        case 408, 425, 429, 500...599:
            self = .retry("the server answers \(status)", after: header("Retry-After").flatMap { Int($0) })
        case 300...399: self = .fail(.badAnswer, "the server redirects to nowhere or too often (\(status))")
        default: self = .fail(.badAnswer, "the server answers \(status)")
        }
    }

    private static func tooLarge(_ size: Int64, _ limit: Int64) -> DownloadAnswer {
        .fail(.badAnswer, "the file has \(size) octets, more than the \(limit) it may have")
    }
}

/// `bytes 100-199/200` of an answer with a part.
struct ContentRange: Equatable {
    let first: Int64
    let last: Int64
    /// Nil for `*`.
    let total: Int64?

    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let parts = words[1].split(separator: "/")
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-").compactMap { Int64($0) }
        guard ends.count == 2, ends[0] >= 0, ends[0] <= ends[1] else { return nil }
        (first, last) = (ends[0], ends[1])
        if parts[1] == "*" {
            total = nil
        } else {
            guard let size = Int64(parts[1]), size > last else { return nil }
            total = size
        }
    }
}
