import Foundation
import FoundationNetworking
import Synchronization

/// One request to a server, its body written into a part as it comes.
///
/// The session calls its delegate on a queue of its own, one call at a time, and does not slow the server down for a
/// slow disk: when too much waits in memory the attempt breaks off, and the next one asks for the rest.
final class DownloadAttempt: NSObject, URLSessionDataDelegate, Sendable {
    /// How an attempt ended.
    enum Outcome: Sendable {
        /// The body came to its end.
        case ended(total: Int64?)
        /// The file lies elsewhere.
        case redirected(URL)
        /// The part is not of the server's version any more.
        case startOver
        /// It broke off; what came is in the part.
        case broken(String, retryAfter: Int?)
        /// No attempt can succeed.
        case failed(ModelStoreError)
    }

    private struct State {
        var offset: Int64 = 0
        var total: Int64?
        /// When something was last heard.
        var heard = ContinuousClock.now
        var outcome: Outcome?
        var waiting: CheckedContinuation<Void, Never>?
        var isOver = false
    }

    private let request: DownloadRequest
    private let url: URL
    private let part: PartialFile
    private let queue = OperationQueue()
    private let state = Mutex(State())
    private let progress: @Sendable (DownloadProgress) -> Void

    /// An attempt at an address, which is the request's or one that it led to.
    init(
        _ request: DownloadRequest, at url: URL, into part: PartialFile,
        progress: @escaping @Sendable (DownloadProgress) -> Void
    ) {
        self.request = request
        self.url = url
        self.part = part
        self.progress = progress
        queue.maxConcurrentOperationCount = 1
    }

    /// Runs the attempt to its end; gives up when nothing is heard for so long, or when the task is cancelled.
    func run(stallSeconds: Double) async -> Outcome {
        let configuration = URLSessionConfiguration.ephemeral
        // The watch below knows better than a bound on the whole.
        configuration.timeoutIntervalForRequest = 86_400
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
        defer { session.invalidateAndCancel() }
        var asked = URLRequest(url: url)
        asked.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        asked.setValue("atelier", forHTTPHeaderField: "User-Agent")
        let have = part.size
        if have > 0 {
            asked.setValue("bytes=\(have)-", forHTTPHeaderField: "Range")
            if let mark = part.mark { asked.setValue(mark, forHTTPHeaderField: "If-Range") }
        }
        state.withLock { $0.offset = have }
        let task = session.dataTask(with: asked)
        task.resume()
        let watch = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: Limits.silenceCheck)
                let isSilent = state.withLock {
                    $0.outcome == nil && ContinuousClock.now - $0.heard > .seconds(stallSeconds)
                }
                if isSilent {
                    end(.broken("nothing came for \(Int(stallSeconds.rounded(.up))) s", retryAfter: nil))
                    task.cancel()
                }
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if !state.isOver { state.waiting = continuation }
                    return state.isOver
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            end(.broken("interrupted", retryAfter: nil))
            task.cancel()
        }
        watch.cancel()
        return state.withLock { $0.outcome ?? .broken("the connection ended", retryAfter: nil) }
    }

    /// Notes how it ends, the first time.
    private func end(_ outcome: Outcome) { state.withLock { $0.outcome = $0.outcome ?? outcome } }

    // MARK: - What the session tells

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        // Not followed here: this library drops nothing of a request on the way, asks nobody how often it goes on, and
        // stops the process if the task is cancelled meanwhile.
        if let url = newRequest.url { end(.redirected(url)) }
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        completionHandler(accept(response) ? .allow : .cancel)
    }

    /// Reads the answer's head; false if its body is not wanted.
    private func accept(_ response: URLResponse) -> Bool {
        guard let response = response as? HTTPURLResponse else { return false }
        let (have, isEnded) = state.withLock { state in
            state.heard = .now
            return (state.offset, state.outcome != nil)
        }
        guard !isEnded else { return true }
        let answer = DownloadAnswer(
            status: response.statusCode, header: { response.value(forHTTPHeaderField: $0) }, have: have,
            limit: request.limit)
        do {
            switch answer {
            case .append(let total):
                // A server may ignore the condition under which it was asked for a part.
                if let mark = part.mark, mark.hasPrefix("\""),
                    let tag = response.value(forHTTPHeaderField: "ETag"), tag != mark
                {
                    end(.startOver)
                    return false
                }
                try prepare(for: total, have: have)
                return true
            case .restart(let total):
                let marks = ["ETag", "Last-Modified"].compactMap { response.value(forHTTPHeaderField: $0) }
                try part.start(over: marks.first { !$0.hasPrefix("W/") })
                state.withLock { $0.offset = 0 }
                try prepare(for: total, have: 0)
                return true
            case .complete: end(.ended(total: have))
            case .startOver: end(.startOver)
            case .retry(let reason, let seconds): end(.broken(reason, retryAfter: seconds))
            case .fail(let reason, let message):
                end(.failed(ModelStoreError(reason, message, at: request.place)))
            }
        } catch {
            end(.failed(error))
        }
        return false
    }

    /// Makes sure that the rest fits on the volume.
    private func prepare(for total: Int64?, have: Int64) throws(ModelStoreError) {
        state.withLock { $0.total = total }
        guard let total else { return }
        let free = try FileSystem.freeBytes(at: FileSystem.folder(of: part.path))
        guard free - (total - have) >= Limits.freeReserveBytes else {
            throw ModelStoreError(
                .diskFull, "\(total - have) octets are to come, \(free) are free", at: FileSystem.folder(of: part.path),
                hint: "free some space, or choose another folder with --models")
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let (offset, total, isEnded) = state.withLock { state in
            state.heard = .now
            return (state.offset, state.total, state.outcome != nil)
        }
        guard !isEnded else { return }
        let end = offset + Int64(data.count)
        guard end <= min(request.limit, total ?? .max) else {
            self.end(
                .failed(
                    ModelStoreError(
                        .badAnswer, "more than \(min(request.limit, total ?? .max)) octets come",
                        at: request.place)))
            return dataTask.cancel()
        }
        do {
            try part.append(data, at: offset)
        } catch {
            self.end(.failed(error))
            return dataTask.cancel()
        }
        state.withLock { $0.offset = end }
        progress(DownloadProgress(received: end, total: total))
        if Int64(queue.operationCount) * Int64(data.count) > Limits.unwrittenBytes {
            self.end(.broken("the disk is slower than the net", retryAfter: 0))
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let waiting = state.withLock { state in
            if let error {
                state.outcome = state.outcome ?? .broken(DownloadAttempt.text(of: error), retryAfter: nil)
            } else {
                state.outcome = state.outcome ?? .ended(total: state.total)
            }
            state.isOver = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    private static func text(of error: any Error) -> String {
        guard let error = error as? URLError else { return "\(error)" }
        switch error.code {
        case .cannotFindHost: return "there is no such host"
        case .cannotConnectToHost: return "the host does not answer"
        case .networkConnectionLost, .badServerResponse: return "the connection broke off"
        case .timedOut: return "the server is silent"
        case .secureConnectionFailed, .serverCertificateUntrusted: return "the server cannot prove who it is"
        default: return "the connection failed (\(error.localizedDescription))"
        }
    }
}
