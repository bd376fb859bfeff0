import FarmModel
import FarmStore
import FarmTransport
import Foundation
import Logging

// Manifests and galleries: what a job's folder says about itself.
extension OutputWriter {
    /// Writes the manifests of jobs that go on and have not been written for a while.
    func writeDueManifests() {
        for job in changed.sorted() where !orders.isClosing {
            guard manifestsDue[job].map({ $0 <= clock.now }) ?? true else { continue }
            let start = clock.now
            changed.remove(job)
            guarded("cannot write a manifest") { try writeManifest(of: job, .running) }
            // A manifest of many tasks takes a while to write: a tenth of the time at most goes into it.
            let pause = max(Limits.manifestInterval, 10 * clock.now.millisecondsSince(start))
            manifestsDue[job] = clock.now.advanced(byMilliseconds: pause)
        }
    }

    /// Writes one manifest, unless `mayGoOn` or the end of the service stops it.
    func writeManifest(
        of job: JobID, _ state: Manifest.State, files: [Manifest.File] = [], while mayGoOn: (() -> Bool)? = nil
    ) throws {
        let orders = orders
        let path = try store.writeManifest(
            of: job, state: state, generator: OutputWriter.generator, files: files, output: publisher.output,
            while: mayGoOn ?? { !orders.isClosing })
        if path == nil {
            logger.info("a manifest is too long to be written now; the next start goes on", metadata: ["job": "\(job)"])
        }
    }

    /// Draws the gallery and writes the final manifest.
    func finished(_ job: JobID, _ state: Manifest.State) -> JobOutputs? {
        var made: JobOutputs?
        guarded("cannot complete the outputs") {
            // The gallery shows the first pictures of a large job: no more of it need be in memory.
            let manifest = try store.manifest(
                of: job, state: state, generator: OutputWriter.generator,
                limit: max(Limits.sheetPictures * Limits.sheets, Limits.curves))
            let folder = publisher.folder(ofJob: manifest.job.name)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let (sheets, plot) = try JobGallery(manifest, in: URL(fileURLWithPath: folder)).write()
            var files = try sheets.map { try Manifest.File(path: $0, kind: .contactSheet, in: folder) }
            if let plot { files.append(try Manifest.File(path: plot, kind: .plot, in: folder)) }
            try writeManifest(of: job, state, files: files)
            made = JobOutputs(
                folder: folder, contactSheets: sheets.map { "\(folder)/\($0)" }, plot: plot.map { "\(folder)/\($0)" })
        }
        return made
    }

    private static let generator = Manifest.Generator(name: Version.program, version: Version.current)
}
