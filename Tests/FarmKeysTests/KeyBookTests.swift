import FarmKeys
import FarmModel
import Testing

@Suite struct KeyBookTests {
    private let server = Make.pair().publicKey

    private func request(_ token: JoinToken, _ name: String = "node", key: PublicKey = Make.pair().publicKey)
        -> EnrolRequest
    {
        EnrolRequest(token: token.id, secret: token.secret, key: key, name: name, server: server)
    }

    @Test("A name is admitted once, and its revoked key never comes back")
    func names() throws {
        var book = KeyBook()
        let (one, two) = (Make.pair().publicKey, Make.pair().publicKey)
        try book.allow("ada", one, role: .submit, at: 1)
        try book.allow("ada", one, role: .submit, at: 2)
        #expect(book.principals.count == 1)
        #expect(throws: KeyError.self) { try book.allow("ada", two, role: .submit, at: 3) }
        #expect(throws: KeyError.self) { try book.allow("eve", one, role: .admin, at: 3) }
        #expect(throws: KeyError.self) { try book.allow("no name", two, role: .submit, at: 3) }
        try book.revoke("ada", at: 4)
        #expect(throws: KeyError.self) { try book.allow("ada", one, role: .submit, at: 5) }
        try book.allow("ada", two, role: .submit, at: 6)
        #expect(book.principal(named: "ada")?.key == two)
        #expect(throws: KeyError.self) { try book.revoke("nobody", at: 7) }
    }

    @Test("A7: a newcomer with the right proof is admitted, and asking again costs no use")
    func enrolment() throws {
        var book = KeyBook()
        let token = JoinToken(expires: 100, uses: 1, pool: "gpu")
        try book.add(token, at: 0)
        let key = Make.pair().publicKey
        let admitted = try book.enrol(request(token, key: key), server: server, at: 10)
        #expect(admitted.name == "node" && admitted.role == .worker && admitted.pool == "gpu")
        #expect(try book.enrol(request(token, key: key), server: server, at: 10) == admitted)
        // Even when the file has expired meanwhile: the node is in already.
        #expect(try book.enrol(request(token, key: key), server: server, at: 1000) == admitted)
        #expect(book.principals.count == 1 && book.tokens[0].used.count == 1)
    }

    @Test("A7: an expired, a used up, a forged and a replayed request are refused, and change nothing")
    func refusals() throws {
        var book = KeyBook()
        let token = JoinToken(expires: 100, uses: 2, pool: nil)
        try book.add(token, at: 0)
        let first = request(token, "a")
        _ = try book.enrol(first, server: server, at: 100)
        let before = book
        #expect(throws: EnrolRefusal.expired) { try book.enrol(request(token, "b"), server: server, at: 101) }
        let other = JoinToken(expires: 100, uses: 1, pool: nil)
        #expect(throws: EnrolRefusal.proof) { try book.enrol(request(other, "b"), server: server, at: 1) }
        var stolen = first
        stolen.key = Make.pair().publicKey
        #expect(throws: EnrolRefusal.proof) { try book.enrol(stolen, server: server, at: 1) }
        var renamed = request(token, "b")
        renamed.name = "c"
        #expect(throws: EnrolRefusal.proof) { try book.enrol(renamed, server: server, at: 1) }
        let impostor = Make.pair().publicKey
        #expect(throws: EnrolRefusal.proof) { try book.enrol(request(token, "b"), server: impostor, at: 1) }
        let key = Make.pair().publicKey
        let replayed = EnrolRequest(
            token: token.id, key: key, name: "b", nonce: first.nonce,
            proof: token.secret.proof(server: server, key: key, nonce: first.nonce, name: "b"))
        #expect(throws: EnrolRefusal.replayed) { try book.enrol(replayed, server: server, at: 1) }
        #expect(book == before)
        _ = try book.enrol(request(token, "b"), server: server, at: 1)
        #expect(throws: EnrolRefusal.usedUp) { try book.enrol(request(token, "c"), server: server, at: 1) }
        try book.revoke("a", at: 2)
        #expect(throws: EnrolRefusal.revoked) { try book.enrol(first, server: server, at: 3) }
    }

    @Test("Two nodes of one name get two names")
    func sameName() throws {
        var book = KeyBook()
        let token = JoinToken(expires: 100, uses: 3, pool: nil)
        try book.add(token, at: 0)
        let names = try (0..<3).map { _ in try book.enrol(request(token), server: server, at: 1).name }
        #expect(names == ["node", "node-2", "node-3"])
        #expect(throws: EnrolRefusal.usedUp) { try book.enrol(request(token), server: server, at: 1) }
    }

    @Test("A list tells who lost the right to speak")
    func replacing() throws {
        let list = AllowList()
        var book = KeyBook()
        let (ada, bob) = (Make.pair().publicKey, Make.pair().publicKey)
        try book.allow("ada", ada, role: .operator, at: 1)
        try book.allow("bob", bob, role: .worker, at: 1)
        #expect(list.replace(with: book.principals).isEmpty)
        #expect(list.judge(ada, in: .clients) == .admitted && list.judge(bob, in: .control) == .admitted)
        #expect(list.replace(with: book.principals).isEmpty)
        try book.revoke("bob", at: 2)
        #expect(list.replace(with: book.principals).map(\.name) == ["bob"])
        #expect(list.principal(of: bob) == nil && list.judge(bob, in: .control) != .admitted)
        #expect(list.principal(of: ada)?.name == "ada")
        #expect(list.replace(with: []).map(\.name) == ["ada"])
    }

    @Test("A9: each role is admitted on its own ports only", arguments: Role.allCases)
    func ports(role: Role) {
        let admitted = Domain.allCases.filter { $0.admits(role) }
        let expected: [Domain] =
            switch role {
            case .worker: [.control, .blobs, .enrol]
            case .viewer: [.clients, .enrol]
            case .submit, .operator, .admin: [.clients, .blobs, .enrol]
            }
        #expect(admitted == expected)
    }

    @Test("A6: no port's domain is empty, so that none lets everybody in")
    func domains() { #expect(Domain.allCases.allSatisfy { !$0.rawValue.isEmpty }) }

    @Test("A step of the ladder includes those below it, and a worker is no step")
    func ladder() {
        let steps: [Role] = [.viewer, .submit, .operator, .admin]
        for (height, role) in steps.enumerated() {
            for (other, needed) in steps.enumerated() { #expect(role.includes(needed) == (height >= other)) }
            #expect(!role.includes(.worker) && !Role.worker.includes(role))
        }
    }
}

enum Make {
    static func pair() -> CurveKeyPair {
        guard let pair = try? CurveKeyPair.make() else { preconditionFailure("libzmq has no CURVE") }
        return pair
    }
}
