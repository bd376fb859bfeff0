import Foundation
import Glibc

/// What the system says of processes, read from `/proc`.
enum ProcessTable {
    /// The variable that marks everything a run has started, however deep.
    static let mark = "ATELIER_CHAOS_RUN"

    /// Living processes that bear the mark of a run; those that have ended and wait to be noticed do not count.
    static func marked(_ run: String) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let text = Data("\(mark)=\(run)".utf8)
        return names.compactMap { pid_t($0) }.filter { identifier in
            guard identifier != getpid() else { return false }
            let environment = FileManager.default.contents(atPath: "/proc/\(identifier)/environ") ?? Data()
            return environment.split(separator: 0).contains(text)
        }
    }

    /// Processes started by one.
    static func children(of parent: pid_t) -> [pid_t] {
        let folder = "/proc/\(parent)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return threads.flatMap { thread in
            let text = (try? String(contentsOfFile: "\(folder)/\(thread)/children", encoding: .utf8)) ?? ""
            return text.split(separator: " ").compactMap { pid_t($0) }
        }.sorted()
    }

    /// Engines of a worker.
    static func engines(of worker: pid_t) -> [pid_t] {
        children(of: worker).filter { words(of: $0).contains("engine") }
    }

    /// The words of a command line.
    static func words(of identifier: pid_t) -> [String] {
        let data = FileManager.default.contents(atPath: "/proc/\(identifier)/cmdline") ?? Data()
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Memory of its own that a process has in use, MiB: mapped files are not counted.
    static func ownMemory(of identifier: pid_t) -> Double? { status(of: identifier, "RssAnon:") }

    /// All memory that a process has in use, MiB.
    static func memory(of identifier: pid_t) -> Double? { status(of: identifier, "VmRSS:") }

    /// Open files and sockets of a process.
    static func descriptors(of identifier: pid_t) -> Int? {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd"))?.count
    }

    /// What a process that should not be there is about: its words, state, parent and open files.
    static func description(of identifier: pid_t) -> String {
        let text = (try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").filter { line in
            ["State:", "PPid:", "SigPnd:", "Threads:"].contains { line.hasPrefix($0) }
        }
        let folder = "/proc/\(identifier)/fd"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map { name in
            name + "=" + ((try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")) ?? "?")
        }
        return "\(identifier) \(words(of: identifier).dropFirst()) \(lines) \(files)"
    }

    private static func status(of identifier: pid_t, _ key: String) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(key) {
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }.map { $0 / 1024 }
        }
        return nil
    }
}
