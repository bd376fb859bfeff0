import FarmKeys
import Foundation
import Testing

/// Files of keys as release 0.1.0 wrote them, on a farm that is no more: a later release must read each.
@Suite struct ReleasedKeyFileTests {
    @Test("V7: The files of keys of release 0.1.0 are read")
    func release() throws {
        let state = FileManager.default.temporaryDirectory.appending(path: "atelier-keys-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: state) }
        let folder = try KeyFolder(stateFolder: state)
        for (file, text) in [
            (folder.serverFile, Self.server), (folder.bookFile, Self.allowed), (folder.portsFile, Self.ports),
            (folder.accessFile, Self.access), (state + "/join.json", Self.join),
        ] {
            let isMade = FileManager.default.createFile(
                atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
            #expect(isMade)
        }
        let server = try folder.serverKeys()
        #expect(server.next == nil)
        let book = try folder.book()
        #expect(book.principals.map(\.name) == ["admin", "py"])
        #expect(book.principals.map(\.role) == [.admin, .worker])
        let ports = try KeyPorts(in: folder)
        let access = try AccessFile(at: folder.accessFile)
        #expect(access.server == server.current.publicKey && access.clients == ports.clients && access.name == "admin")
        #expect(book.principal(named: "admin")?.key == access.keys.publicKey)
        let join = try JoinFile(at: state + "/join.json")
        #expect(join.server == server.current.publicKey && join.enrol == ports.enrol)
        #expect(book.tokens.map(\.id) == [join.token])
    }

    private static let server = #"""
        {
          "current" : {
            "publicKey" : "8(MEN{ctP23/7oi4H=<Yp)n?E@):h>Oz/bp2}LA*",
            "secretKey" : "cVcmJ4F:H=AP@YS(L{X2^OaN*7O#&9*6.R1tt<MU"
          }
        }
        """#

    private static let allowed = #"""
        {
          "principals" : [
            {
              "key" : "V!kiw4TG$M.-qz50Pk7r?wZd.c4]WX^pnHp+=yaW",
              "name" : "admin",
              "role" : "admin",
              "since" : 1795668549
            },
            {
              "key" : "P8UXgU4^n0d&Jv>ycw?9pj$Go>P(*v{K*3X!&hkI",
              "name" : "py",
              "role" : "worker",
              "since" : 1795668550
            }
          ],
          "tokens" : [
            {
              "expires" : 1795675749,
              "id" : "ebfe683a95ca19d8f7c135bc7b3b71c1abc509276ec31ea568410af5ff06f073",
              "secret" : "1e858d8ca26639e17bb57a280252520819342a0b5179d7d7c5c004ec8308afd3",
              "used" : [
                {
                  "key" : "P8UXgU4^n0d&Jv>ycw?9pj$Go>P(*v{K*3X!&hkI",
                  "nonce" : "4c4605198668d1894756aefe81e2a852825d5bd4d2ff8e641ada96863b969703"
                }
              ],
              "uses" : 1
            }
          ],
          "version" : 1
        }
        """#

    private static let ports = #"""
        {
          "clients" : "tcp://127.0.0.1:23452",
          "control" : "tcp://127.0.0.1:23450",
          "enrol" : "tcp://127.0.0.1:23453",
          "server" : "8(MEN{ctP23/7oi4H=<Yp)n?E@):h>Oz/bp2}LA*"
        }
        """#

    private static let access = #"""
        {
          "clients" : "tcp://127.0.0.1:23452",
          "control" : "tcp://127.0.0.1:23450",
          "name" : "admin",
          "public_key" : "V!kiw4TG$M.-qz50Pk7r?wZd.c4]WX^pnHp+=yaW",
          "secret_key" : "Dcrd0Bfr]qJ6av++vbbh:XT6mh}x9cj9FGxfNFQ:",
          "server_key" : "8(MEN{ctP23/7oi4H=<Yp)n?E@):h>Oz/bp2}LA*",
          "version" : 1
        }
        """#

    private static let join = #"""
        {
          "control" : "tcp://127.0.0.1:23450",
          "enrol" : "tcp://127.0.0.1:23453",
          "expires" : 1795675749,
          "secret" : "1e858d8ca26639e17bb57a280252520819342a0b5179d7d7c5c004ec8308afd3",
          "server" : "8(MEN{ctP23/7oi4H=<Yp)n?E@):h>Oz/bp2}LA*",
          "token" : "ebfe683a95ca19d8f7c135bc7b3b71c1abc509276ec31ea568410af5ff06f073",
          "version" : 1
        }
        """#
}
