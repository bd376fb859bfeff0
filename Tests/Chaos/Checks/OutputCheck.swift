import Crypto
import FarmModel
import Foundation

/// Compares the output folder with what was ordered, the database and the manifests, by reading every octet.
struct OutputCheck {
    let output: String
    /// Recorded files of each job.
    let records: [String: [RecordCheck.Artifact]]

    /// What was found.
    struct Findings {
        var files = 0
        var notes: [String: Int] = [:]
        var violations: [String] = []
        /// Pictures and curves by what they were rendered from: the same settings give the same bytes.
        var renders: [String: Set<String>] = [:]
    }

    /// The parts of a manifest that are looked at, read without the code that wrote it.
    private struct Manifest: Decodable {
        struct Job: Decodable {
            var state: String
            var files: [File]
        }
        struct File: Decodable { var path, sha256, kind: String; var bytes: Int64 }
        struct Task: Decodable {
            var index: Int
            var state: String
            var files: [File]
        }
        var job: Job
        var tasks: [Task]
    }

    func run(_ orders: [Customer.Order], jobs: [JobID: String]) -> Findings {
        var findings = Findings()
        let known = Set(orders.map(\.spec.name))
        for name in names(in: output) where !known.contains(name) && !name.hasPrefix(".ballast") {
            findings.violations.append("\(name) lies in the output folder and is no job")
        }
        for order in orders { check(order, &findings) }
        for (settings, digests) in findings.renders where digests.count > 1 {
            findings.violations.append("\(digests.count) different pictures or curves of one setting: \(settings)")
        }
        return findings
    }

    private func check(_ order: Customer.Order, _ findings: inout Findings) {
        let name = order.spec.name
        let folder = "\(output)/\(name)"
        let manifest: Manifest
        do {
            manifest = try JSONDecoder().decode(
                Manifest.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/manifest.json")))
        } catch {
            // A job that was cancelled before anything happened has no folder.
            if !order.isCancelled { findings.violations.append("\(name): no manifest: \(error)") }
            return
        }
        func complain(_ text: String) { findings.violations.append("\(name): \(text)") }
        let indices = manifest.tasks.map(\.index)
        if Set(indices).count != indices.count { complain("the manifest lists a task twice") }
        let succeeded = manifest.tasks.filter { $0.state == "succeeded" }
        if order.isCancelled {
            if !["cancelled", "complete"].contains(manifest.job.state) {
                complain("its state is \(manifest.job.state)")
            }
        } else {
            if manifest.job.state != "complete" { complain("its state is \(manifest.job.state)") }
            if succeeded.count != order.spec.taskCount {
                complain("\(succeeded.count) of \(order.spec.taskCount) tasks succeeded in the manifest")
            }
        }
        let listed = succeeded.flatMap(\.files)
        let recorded = Set(records[name, default: []])
        let stated = Set(listed.map { RecordCheck.Artifact(path: $0.path, digest: $0.sha256, size: $0.bytes) })
        if recorded != stated {
            complain("the manifest and the database differ in \(recorded.symmetricDifference(stated).count) files")
        }
        for file in listed + manifest.job.files {
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(file.path)") else {
                complain("\(file.path) is missing")
                continue
            }
            let digest = SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
            if digest != file.sha256 || Int64(data.count) != file.bytes {
                complain("\(file.path) is not what the manifest says")
            }
            findings.files += 1
        }
        for task in succeeded { check(task, order.spec, folder, &findings) }
        let expected = Set((listed + manifest.job.files).map(\.path) + ["manifest.json"])
        for path in files(below: folder) where !expected.contains(path) { complain("\(path) is in no manifest") }
    }

    /// The content is that of this very task.
    private func check(_ task: Manifest.Task, _ spec: JobSpec, _ folder: String, _ findings: inout Findings) {
        guard let expected = spec.task(at: UInt32(task.index)) else {
            findings.violations.append("\(spec.name): there is no task \(task.index)")
            return
        }
        switch expected.action {
        case .noop:
            let content = task.files.first.flatMap { FileManager.default.contents(atPath: "\(folder)/\($0.path)") }
            if task.files.count != 1 || content != Data((expected.settings.canonicalJSON + "\n").utf8) {
                findings.violations.append("\(spec.name): task \(task.index) has the output of another")
            }
        case .render:
            if task.files.count != 2 {
                findings.violations.append("\(spec.name): task \(task.index) has \(task.files.count) files")
            }
            for file in task.files {
                findings.renders["\(file.kind) of \(expected.settings.canonicalJSON)", default: []].insert(file.sha256)
            }
        }
    }

    private func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private func files(below folder: String) -> [String] {
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return paths.filter { path in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
            return !isFolder.boolValue
        }.sorted()
    }
}
