import Crypto
import Foundation

/// Looks for what should not lie in the state folders: uploads half done, blobs that are not what they are called,
/// strangers.
struct FolderCheck {
    let state: String
    let workers: [String]
    /// Digests that results refer to.
    let needed: Set<String>

    struct Findings {
        var notes: [String: Int] = [:]
        var violations: [String] = []
    }

    /// What lies at the top of a state folder and belongs to no part of it.
    static func strangers(in state: String) -> [String] {
        // A reader closes last and leaves the log, which is empty then.
        let layout: Set = [
            "farm.sqlite", "farm.sqlite-shm", "farm.sqlite-wal", "keys", "lock", "blobs", "incoming", "quarantine",
        ]
        let log = (try? FileManager.default.attributesOfItem(atPath: state + "/farm.sqlite-wal")[.size] as? Int) ?? 0
        if log > 0 { return ["the database's log holds \(log) octets: it was not closed in order"] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: state)) ?? []
        return names.filter { !layout.contains($0) }.sorted().map { "state/\($0) belongs to no part of the layout" }
    }

    func run() -> Findings {
        var findings = Findings()
        for name in names(in: state + "/incoming") {
            // What a worker left half sent when it died stays for a day; a blob that is lacking is found below.
            let digests = name.dropLast(".part".count).split(whereSeparator: { !$0.isHexDigit })
            let isUpload = name.hasSuffix(".part") && (1...2).contains(digests.count)
            if isUpload, digests.allSatisfy({ $0.count == 64 }) {
                findings.notes["uploads that nobody will finish", default: 0] += 1
            } else {
                findings.violations.append("state/incoming/\(name) was left")
            }
        }
        var found: Set<String> = []
        for folder in names(in: state + "/blobs/sha256") {
            for name in names(in: "\(state)/blobs/sha256/\(folder)") {
                let path = "\(state)/blobs/sha256/\(folder)/\(name)"
                let digest = SHA256.hash(data: FileManager.default.contents(atPath: path) ?? Data())
                if digest.map({ String(format: "%02x", $0) }).joined() != name || !name.hasPrefix(folder) {
                    findings.violations.append("blob \(name) is not what it is called")
                }
                found.insert(name)
            }
        }
        for name in needed.subtracting(found).sorted() { findings.violations.append("blob \(name) is missing") }
        findings.notes["blobs that no result needs"] = found.subtracting(needed).count
        for folder in workers {
            for name in names(in: folder + "/outbox") where name != "lock" {
                findings.violations.append("\(folder)/outbox/\(name) was left")
            }
        }
        return findings
    }

    private func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}
