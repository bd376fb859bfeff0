import Foundation

extension ModelStore {
    /// Fetches a file into the store's `incoming` folder and gives its path; the file is whole and has its digest.
    ///
    /// What broke off earlier, in this run or another, is gone on with where the server can. An attempt that brought
    /// something resets the patience.
    ///
    /// - Parameters:
    ///   - request: what to fetch.
    ///   - patience: when to give up.
    ///   - progress: told of every piece.
    /// - Returns: the file, which is the caller's to install or delete as long as it holds on to this.
    /// - Throws: `ModelStoreError`; the part stays for the next run, unless it is of no use.
    public func download(
        _ request: DownloadRequest, patience: DownloadPatience = DownloadPatience(),
        progress: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) async throws -> DownloadedFile {
        let part = try PartialFile(of: request, in: "\(folder)/incoming")
        do {
            return DownloadedFile(part, sha256: try await fill(part, request, patience, progress))
        } catch {
            part.release()
            throw error
        }
    }

    /// Asks until the part is whole; its verified digest.
    private func fill(
        _ part: PartialFile, _ request: DownloadRequest, _ patience: DownloadPatience,
        _ progress: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws -> String {
        let place = request.place
        var (failures, restarts, redirects) = (0, 0, 0)
        var url = request.url
        while true {
            // Without a mark or a digest nothing would tell that the rest is of another version.
            if part.mark == nil, !request.isChecked { try part.start(over: nil) }
            let before = part.size
            let outcome = await DownloadAttempt(request, at: url, into: part, progress: progress)
                .run(stallSeconds: patience.stallSeconds)
            try Task.checkCancellation()
            var reason: String
            var pause = 0
            switch outcome {
            case .ended(let total):
                let have = part.size
                if total == nil || have == total { return try verified(part, request) }
                reason = "it ended at \(have) of \(total ?? 0) octets"
            case .redirected(let next):
                redirects += 1
                url = try checked(next, after: redirects, request)
                continue
            case .startOver:
                restarts += 1
                try part.start(over: nil)
                reason = "the server has another version than the part that is here"
                // Twice in a row means that it will not get better.
                if restarts > 1 { failures = patience.attempts }
            case .broken(let why, let seconds):
                (reason, pause) = (why, min(seconds ?? 0, Int(patience.longestPauseSeconds)))
            case .failed(let error): throw error
            }
            // The place that an address leads to may hold for one request only.
            (url, redirects) = (request.url, 0)
            let isProgress = part.size > before && (part.mark != nil || request.isChecked)
            failures = isProgress ? 0 : failures + 1
            guard failures < patience.attempts else {
                let kept = part.size > 0 ? "; \(part.size) octets are kept and gone on with next time" : ""
                throw ModelStoreError(
                    .network, "\(reason), \(patience.attempts) times in a row", at: place,
                    hint: "try again later\(kept)")
            }
            let doubled = patience.firstPauseSeconds * Double(1 << min(failures, 16))
            let backoff = failures == 0 ? patience.firstPauseSeconds : min(doubled, patience.longestPauseSeconds)
            try await Task.sleep(for: .seconds(max(backoff, Double(pause))))
        }
    }

    /// An address that another one led to, if it may be asked.
    private func checked(_ url: URL, after count: Int, _ request: DownloadRequest) throws(ModelStoreError) -> URL {
        let place = request.place
        guard count <= Limits.redirects else {
            throw ModelStoreError(
                .badAnswer, "redirects more than \(Limits.redirects) times", at: place, hint: "find another address")
        }
        guard ["http", "https"].contains(url.scheme?.lowercased() ?? ""), request.isTrusted(url, after: request.url)
        else {
            throw ModelStoreError(
                .badAnswer, "redirects to an unprotected address, and the digest is not known", at: place,
                hint: "state it with --sha256")
        }
        return url
    }

    /// Compares the digest; wrong octets are deleted, since no server can make them right.
    private func verified(_ part: PartialFile, _ request: DownloadRequest) throws(ModelStoreError) -> String {
        try part.sync()
        let found = try digests.byReading(part.path).sha256
        let wanted = request.sha256 ?? request.sha256Prefix ?? ""
        guard found.hasPrefix(wanted) else {
            part.discard()
            throw ModelStoreError(
                .digestMismatch, "the file's SHA-256 is \(found), not \(wanted)", at: request.place,
                hint: "it was deleted; the address serves another file than the one that was published")
        }
        part.complete()
        return found
    }
}
