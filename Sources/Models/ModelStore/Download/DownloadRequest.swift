public import Foundation

/// A file to fetch, and what is known about it beforehand.
public struct DownloadRequest: Hashable, Sendable {
    /// Where it lies.
    public var url: URL
    /// SHA-256 that the file must have; nil takes what comes.
    public var sha256: String?
    /// First digits of the SHA-256, where no more is known.
    public var sha256Prefix: String?
    /// Octets that it may have.
    public var limit: Int64

    /// Makes a request from an address.
    ///
    /// - Throws: `ModelStoreError` if the address is none of HTTP, or if plain HTTP would have to be trusted: without a
    ///   digest, only TLS vouches for what comes; this machine itself is trusted.
    public init(
        _ address: String, sha256: String? = nil, sha256Prefix: String? = nil, limit: Int64 = ModelStore.fileBytes
    ) throws(ModelStoreError) {
        guard let url = URL(string: address), let scheme = url.scheme?.lowercased(), let host = url.host(),
            !host.isEmpty, ["http", "https"].contains(scheme)
        else {
            throw ModelStoreError(
                .badAnswer, "is no address of a file", at: DownloadRequest.withoutCredentials(address),
                hint: "it looks like https://host/path")
        }
        if let sha256, !InstalledModel.isDigest(sha256) {
            throw ModelStoreError(
                .badAnswer, "is no SHA-256", at: sha256, hint: "it has 64 lowercase hexadecimal digits")
        }
        self.url = url
        self.sha256 = sha256
        self.sha256Prefix = sha256Prefix
        self.limit = limit
        guard isTrusted(url) else {
            throw ModelStoreError(
                .badAnswer, "would come unprotected, and its digest is not known", at: place,
                hint: "state it with --sha256, or find an https address")
        }
    }

    /// The address as it may be shown and kept: without a user's name and password.
    public var place: String { DownloadRequest.withoutCredentials(url.absoluteString) }

    /// An address without what stands before an `@` in its host.
    public static func withoutCredentials(_ address: String) -> String {
        guard let start = address.range(of: "://")?.upperBound else { return address }
        let end = address[start...].firstIndex { "/?#".contains($0) } ?? address.endIndex
        guard let at = address[start..<end].lastIndex(of: "@") else { return address }
        return String(address[..<start] + address[address.index(after: at)...])
    }

    /// Whether something is known that tells this file from others.
    var isChecked: Bool { sha256 != nil || sha256Prefix != nil }

    /// Whether an address may be asked: anybody on the way could change what comes from the others.
    ///
    /// This machine is trusted where the user named it, not where another server sends us there.
    func isTrusted(_ url: URL, after first: URL? = nil) -> Bool {
        if sha256 != nil || url.scheme?.lowercased() == "https" { return true }
        return [url, first ?? url].allSatisfy {
            ["127.0.0.1", "localhost", "::1", "[::1]"].contains($0.host() ?? "")
        }
    }
}

/// How patient a download is.
public struct DownloadPatience: Hashable, Sendable {
    /// Seconds without an octet until an attempt is given up.
    public var stallSeconds: Double
    /// Attempts in a row without progress.
    public var attempts: Int
    /// Seconds before the second attempt; doubled each time.
    public var firstPauseSeconds: Double
    /// Longest pause, seconds.
    public var longestPauseSeconds: Double

    /// Makes a patience; the defaults suit the net.
    public init(
        stallSeconds: Double = 30, attempts: Int = 5, firstPauseSeconds: Double = 1, longestPauseSeconds: Double = 30
    ) {
        self.stallSeconds = stallSeconds
        self.attempts = attempts
        self.firstPauseSeconds = firstPauseSeconds
        self.longestPauseSeconds = longestPauseSeconds
    }
}

/// How far a download is.
public struct DownloadProgress: Hashable, Sendable {
    /// Octets that are here.
    public var received: Int64
    /// Octets of the whole, where known.
    public var total: Int64?

    /// Makes a report.
    public init(received: Int64, total: Int64?) {
        self.received = received
        self.total = total
    }
}
