import FarmModel
import Foundation
import Glibc
import Testing

@testable import FarmStore

@Suite("Fail points")
struct FailPointTests {
    @Test("Names with a number of passages are read, anything else is refused with the names there are")
    func parsing() throws {
        #expect(try FailPoint.parse("in-commit,mid-publish:3").get() == [.inCommit: 1, .midPublish: 3])
        for text in ["in-comit", "in-commit:0", "in-commit:x", "in-commit:1:2", ":3"] {
            let error = #expect(throws: UnknownFailPoint.self) { try FailPoint.parse(text).get() }
            #expect(error.map { "\($0)".contains("before-commit, in-commit, after-commit") } == true)
        }
    }

    @Test("Without the variable a fail point does nothing")
    func harmless() { for point in FailPoint.allCases { point.pass() } }

    @Test("A process killed in a commit has recorded nothing of it, one killed after it everything")
    func commit() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            setenv(FailPoint.variable, "in-commit:2", 1)
            try FailPointTests.commitTwice(in: "/tmp/atelier-failpoint-in-\(getppid())")
        }
        await #expect(processExitsWith: .signal(SIGKILL)) {
            setenv(FailPoint.variable, "after-commit:2", 1)
            try FailPointTests.commitTwice(in: "/tmp/atelier-failpoint-after-\(getppid())")
        }
        for (name, attempts) in [("in", 0), ("after", 1)] {
            let path = "/tmp/atelier-failpoint-\(name)-\(getpid())"
            defer { try? FileManager.default.removeItem(atPath: path) }
            let farm = try FarmStore(folder: path)
            #expect(try farm.load().jobs.map(\.tasks.count) == [attempts])
        }
    }

    private static func commitTwice(in path: String) throws {
        let farm = try FarmStore(folder: path)
        try farm.commit([try submitted()])
        try farm.commit([.attemptStarted(try lease(1, 0, 1), at: time(1))])
    }
}
