import Foundation
import Glibc

/// Finds processes by their parents, to aim signals at them.
enum ChildProcesses {
    struct NotFound: Error {}

    /// Identifiers of the children of a process.
    static func of(_ parent: pid_t) -> [pid_t] {
        let path = "/proc/\(parent)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return threads.flatMap { thread -> [pid_t] in
            let text = (try? String(contentsOfFile: "\(path)/\(thread)/children", encoding: .utf8)) ?? ""
            return text.split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// Words of a process's command line.
    static func arguments(of process: pid_t) -> [String] {
        let data = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Waits until a child with `name` among its words has a child with `inner` among its own.
    static func first(of parent: pid_t, named name: String, whileRunning inner: String) async throws -> pid_t {
        for _ in 0..<12_000 {
            for child in of(parent) where arguments(of: child).contains(name) {
                if of(child).contains(where: { arguments(of: $0).contains(inner) }) { return child }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw NotFound()
    }
}
