import Crypto
import Foundation
import ModelStore
import Synchronization
import Testing

/// Downloads against a server that does everything servers do.
@Suite(.timeLimit(.minutes(5))) struct DownloadTests {
    private let bytes = noise(700_001, seed: 3)
    private let patience = DownloadPatience(
        stallSeconds: 0.6, attempts: 3, firstPauseSeconds: 0.02, longestPauseSeconds: 0.05)

    private func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func fetch(
        _ url: String, into folder: TemporaryFolder, sha256: String?, limit: Int64 = 1 << 30
    ) async throws -> [UInt8] {
        let request = try DownloadRequest(url, sha256: sha256, limit: limit)
        let found = try await folder.store.download(request, patience: patience)
        let data = try #require(FileManager.default.contents(atPath: found.path))
        #expect(found.sha256 == digest(Array(data)))
        return Array(data)
    }

    private func failure(
        _ url: String, into folder: TemporaryFolder, sha256: String?, limit: Int64 = 1 << 30
    ) async throws -> ModelStoreError {
        let error = await #expect(throws: ModelStoreError.self) {
            _ = try await fetch(url, into: folder, sha256: sha256, limit: limit)
        }
        let found = try #require(error)
        #expect(!"\(found)".contains("\n") && found.place.contains(found.reason == .diskFull ? "/" : "127.0.0.1"))
        return found
    }

    private func parts(in folder: TemporaryFolder) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.store.folder + "/incoming")
        return (names ?? []).filter { $0.hasSuffix(".part") }
    }

    @Test("A file comes whole and progress tells of it")
    func whole() async throws {
        let folder = try TemporaryFolder()
        let server = try TestServer.serving(bytes)
        let seen = Mutex<[DownloadProgress]>([])
        let request = try DownloadRequest(server.url(), sha256: digest(bytes))
        let found = try await folder.store.download(request, patience: patience) { news in
            seen.withLock { $0.append(news) }
        }
        #expect(FileManager.default.contents(atPath: found.path) == Data(bytes))
        let news = seen.withLock { $0 }
        #expect(news.last == news.max { $0.received < $1.received } && news.last?.received == Int64(bytes.count))
        #expect(news.allSatisfy { $0.total == Int64(bytes.count) })
        #expect(server.requests.count == 1 && server.requests[0].headers["range"] == nil)
    }

    @Test("What broke off in mid-body is gone on with from there, as often as it brings something")
    func cutOff() async throws {
        let folder = try TemporaryFolder()
        let bytes = bytes
        // Seven pieces: more attempts than the patience has, each with progress.
        let server = try TestServer { request, _ in
            let deeds = TestServer.whole(bytes, request)
            guard case .body(let rest)? = deeds.last, rest.count > 100_000 else { return deeds }
            return [deeds[0], .body(Array(rest.prefix(100_000)))]
        }
        #expect(try await fetch(server.url(), into: folder, sha256: digest(bytes)) == bytes)
        let starts = server.requests.map { $0.rangeStart ?? 0 }
        #expect(starts == [0, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000])
        #expect(server.requests.dropFirst().allSatisfy { $0.headers["if-range"] == "\"1\"" })
    }

    @Test("A part is kept across runs; a server of another version sends the whole again")
    func anotherRun() async throws {
        let folder = try TemporaryFolder()
        let bytes = bytes
        let broken = Mutex(true)
        let etag = Mutex("\"1\"")
        let server = try TestServer { request, _ in
            let deeds = TestServer.whole(bytes, request, etag: etag.withLock { $0 })
            guard case .body(let rest)? = deeds.last, broken.withLock({ $0 }) else { return deeds }
            return request.rangeStart == nil ? [deeds[0], .body(Array(rest.prefix(250_000)))] : [.head(503, [:])]
        }
        let error = try await failure(server.url(), into: folder, sha256: digest(bytes))
        #expect(error.reason == .network && "\(error)".contains("250000 octets are kept"), "\(error)")
        broken.withLock { $0 = false }
        let before = server.requests.count
        #expect(try await fetch(server.url(), into: folder, sha256: digest(bytes)) == bytes)
        #expect(server.requests[before...].map(\.rangeStart) == [250_000])
        // Of a version that has changed meanwhile, nothing is kept.
        let other = try TemporaryFolder()
        broken.withLock { $0 = true }
        _ = try await failure(server.url(), into: other, sha256: digest(bytes))
        broken.withLock { $0 = false }
        etag.withLock { $0 = "\"2\"" }
        #expect(try await fetch(server.url(), into: other, sha256: digest(bytes)) == bytes)
    }

    @Test("A server that knows no parts restarts cleanly")
    func withoutRange() async throws {
        let folder = try TemporaryFolder()
        let bytes = bytes
        let server = try TestServer { _, number in
            [
                .head(200, ["Content-Length": "\(bytes.count)"]),
                .body(number == 0 ? Array(bytes.prefix(300_000)) : bytes),
            ]
        }
        #expect(try await fetch(server.url(), into: folder, sha256: digest(bytes)) == bytes)
        #expect(server.requests.count == 2)
    }

    @Test("Octets of another file are refused and deleted")
    func wrongDigest() async throws {
        let folder = try TemporaryFolder()
        let server = try TestServer.serving(bytes)
        let error = try await failure(server.url(), into: folder, sha256: String(repeating: "0", count: 64))
        #expect(error.reason == .digestMismatch && "\(error)".contains(digest(bytes)))
        #expect(parts(in: folder) == [])
        // The first digits alone are compared, too.
        let request = try DownloadRequest(server.url(), sha256Prefix: "00000000")
        let second = await #expect(throws: ModelStoreError.self) {
            _ = try await folder.store.download(request, patience: patience)
        }
        #expect(second?.reason == .digestMismatch)
    }

    @Test(
        "What is not there is said at once, what may come is asked for again",
        arguments: [(404, 1), (410, 1), (403, 1), (418, 1), (500, 3), (503, 3), (429, 3)])
    func statuses(_ status: Int, asked: Int) async throws {
        let folder = try TemporaryFolder()
        let server = try TestServer { _, _ in [.head(status, ["Content-Length": "0"])] }
        let error = try await failure(server.url(), into: folder, sha256: nil)
        #expect("\(error)".contains("\(status)"), "\(error)")
        #expect(server.requests.count == asked)
        #expect(error.reason == (asked > 1 ? .network : status == 418 ? .badAnswer : .notFound))
    }

    @Test("Redirections are followed with the range, but not for ever, and not out of protection")
    func redirections() async throws {
        let folder = try TemporaryFolder()
        let bytes = bytes
        let server = try TestServer { request, number in
            switch request.path {
            case "/start": return [.head(302, ["Location": "/file", "Content-Length": "0"])]
            case "/loop": return [.head(302, ["Location": "/loop", "Content-Length": "0"])]
            case "/open": return [.head(302, ["Location": "http://192.0.2.1/x", "Content-Length": "0"])]
            default:
                let deeds = TestServer.whole(bytes, request)
                guard number == 1, case .body(let rest)? = deeds.last else { return deeds }
                return [deeds[0], .body(Array(rest.prefix(400_000)))]
            }
        }
        #expect(try await fetch(server.url("/start"), into: folder, sha256: digest(bytes)) == bytes)
        #expect(server.requests.map(\.rangeStart) == [nil, nil, 400_000, 400_000])
        let loop = try await failure(server.url("/loop"), into: folder, sha256: digest(bytes))
        #expect("\(loop)".contains("redirect"), "\(loop)")
        #expect(server.requests.count < 20)
        let open = try await failure(server.url("/open"), into: folder, sha256: nil)
        #expect("\(open)".contains("unprotected"), "\(open)")
    }

    @Test("More octets than there may be end it: a stated size, an endless body, a body beyond its stated size")
    func tooMuch() async throws {
        let folder = try TemporaryFolder()
        let stated = try TestServer { _, _ in [.head(200, ["Content-Length": "5000"]), .endless] }
        let first = try await failure(stated.url(), into: folder, sha256: nil, limit: 4000)
        #expect("\(first)".contains("more than the 4000"), "\(first)")
        let endless = try TestServer { _, _ in [.head(200, [:]), .endless] }
        let second = try await failure(endless.url(), into: folder, sha256: nil, limit: 3 << 20)
        #expect(second.reason == .badAnswer, "\(second)")
        let beyond = try TestServer { _, _ in
            [.head(206, ["Content-Range": "bytes 5-9/10", "Content-Length": "5"]), .endless]
        }
        let third = try await failure(beyond.url(), into: folder, sha256: nil)
        #expect("\(third)".contains("octets from 5 instead of 0"), "\(third)")
    }

    @Test("Silence ends an attempt, whether before the head or in mid-body")
    func stall() async throws {
        let folder = try TemporaryFolder()
        let bytes = bytes
        let mute = try TestServer { _, _ in [.silence(30)] }
        let error = try await failure(mute.url(), into: folder, sha256: nil)
        #expect(error.reason == .network && "\(error)".contains("nothing came"), "\(error)")
        let server = try TestServer { request, number in
            let deeds = TestServer.whole(bytes, request)
            guard number == 0, case .body(let rest)? = deeds.last else { return deeds }
            return [deeds[0], .body(Array(rest.prefix(200_000))), .silence(30)]
        }
        #expect(try await fetch(server.url(), into: folder, sha256: digest(bytes)) == bytes)
        #expect(server.requests.map(\.rangeStart) == [nil, 200_000])
    }

    @Test("A host that refuses is named in one line, and a part that is whole already needs no octets")
    func refusalAndCompletion() async throws {
        let folder = try TemporaryFolder()
        let server = try TestServer.serving(bytes)
        let request = try DownloadRequest(server.url(), sha256: digest(bytes))
        let first = try await folder.store.download(request, patience: patience).path
        // The part lies there, whole: the server says that nothing is left.
        let second = try await folder.store.download(request, patience: patience).path
        #expect(second == first && server.requests.last?.rangeStart == bytes.count)
        let address = server.url()
        server.stop()
        let other = try TemporaryFolder()
        let error = try await failure(address, into: other, sha256: nil)
        #expect(error.reason == .network, "\(error)")
    }

    @Test(
        "Without a digest, plain HTTP is trusted on this machine only",
        arguments: ["http://example.com/a", "ftp://a/b", "x"])
    func trust(_ address: String) throws {
        #expect(throws: ModelStoreError.self) { try DownloadRequest(address) }
        #expect(throws: ModelStoreError.self) { try DownloadRequest("https://example.com/a", sha256: "abc") }
        #expect(throws: Never.self) { try DownloadRequest("https://example.com/a") }
        #expect(throws: Never.self) {
            try DownloadRequest("http://example.com/a", sha256: String(repeating: "a", count: 64))
        }
    }

    @Test("While a file that came waits for its place in the store, nobody else may touch it")
    func held() async throws {
        let folder = try TemporaryFolder()
        // Without parts: who may go on would cut the file down first.
        let bytes = bytes
        let server = try TestServer { _, _ in [.head(200, ["Content-Length": "\(bytes.count)"]), .body(bytes)] }
        let request = try DownloadRequest(server.url(), sha256: digest(bytes))
        let store = folder.store
        let first = try await store.download(request, patience: patience)
        let error = await #expect(throws: ModelStoreError.self) {
            _ = try await store.download(request, patience: patience)
        }
        #expect(error?.reason == .busy)
        let model = try store.install(
            draft("a"), [IncomingFile(role: .weights, path: first.path, name: "model.ckpt", isOurs: true)])
        withExtendedLifetime(first) {}
        #expect(try store.flaws(of: model) == [] && model.weights?.sha256 == digest(bytes))
    }

    @Test("Without a digest and without a mark of the version, a part is not gone on with, and patience ends")
    func unmarked() async throws {
        let folder = try TemporaryFolder()
        let (old, new) = (noise(400_000, seed: 5), noise(400_000, seed: 6))
        @Sendable func unmarked(_ bytes: [UInt8], _ request: TestServer.Request) -> [TestServer.Deed] {
            TestServer.whole(bytes, request).map { deed in
                guard case .head(let status, var headers) = deed else { return deed }
                headers["ETag"] = nil
                return .head(status, headers)
            }
        }
        let server = try TestServer { request, number in
            let deeds = unmarked(number == 0 ? old : new, request)
            guard number == 0, case .body(let rest)? = deeds.last else { return deeds }
            return [deeds[0], .body(Array(rest.prefix(100_000)))]
        }
        #expect(try await fetch(server.url(), into: folder, sha256: nil) == new)
        #expect(server.requests.map(\.rangeStart) == [nil, nil])
        let broken = try TestServer { request, _ in
            let deeds = unmarked(old, request)
            guard case .body(let rest)? = deeds.last else { return deeds }
            return [deeds[0], .body(Array(rest.prefix(1000)))]
        }
        let error = try await failure(broken.url(), into: try TemporaryFolder(), sha256: nil)
        #expect(error.reason == .network && broken.requests.count == 3, "\(error)")
    }

    @Test("A server that sends the rest of another version, whatever it was asked, starts over")
    func otherVersion() async throws {
        let folder = try TemporaryFolder()
        let (old, new) = (noise(300_000, seed: 7), noise(300_000, seed: 8))
        let server = try TestServer { request, number in
            var request = request
            request.headers["if-range"] = nil
            let deeds = TestServer.whole(number == 0 ? old : new, request, etag: number == 0 ? "\"1\"" : "\"2\"")
            guard number == 0, case .body(let rest)? = deeds.last else { return deeds }
            return [deeds[0], .body(Array(rest.prefix(100_000)))]
        }
        #expect(try await fetch(server.url(), into: folder, sha256: nil) == new)
        #expect(server.requests.map(\.rangeStart) == [nil, 100_000, nil])
    }

    @Test("A password in an address is in no message, and other schemes are followed nowhere")
    func secrets() async throws {
        for address in ["http://anna:secret@example.com/a", "ftp://anna:secret@example.com/a", "file:///etc/passwd"] {
            let error = #expect(throws: ModelStoreError.self) { try DownloadRequest(address) }
            #expect(error.map { !"\($0)".contains("secret") } == true)
        }
        let request = try DownloadRequest("https://anna:secret@example.com:1/a?b=c@d")
        #expect(request.place == "https://example.com:1/a?b=c@d")
        for target in ["file:///etc/passwd", "ftp://127.0.0.1/a"] {
            let server = try TestServer { _, _ in [.head(302, ["Location": target, "Content-Length": "0"])] }
            let error = try await failure(server.url(), into: try TemporaryFolder(), sha256: nil)
            // The library reads such an address as one on the same server, which then redirects for ever.
            #expect(server.requests.count <= 11 && [.badAnswer, .network].contains(error.reason), "\(error)")
        }
    }
}
