import FarmModel
import FarmStore
import FarmTransport
import Foundation
import Logging

// Manifests and galleries: what a job's folder says about itself.
extension OutputWriter {
    /// Writes the manifests of jobs that go on and have not been written for a while.
    func writeDueManifests() {
        for job in changed.sorted() where !orders.isClosing && !owed.contains(job) {
            guard manifestsDue[job].map({ $0 <= clock.now }) ?? true else { continue }
            let start = clock.now
            changed.remove(job)
            guarded("cannot write a manifest") { try writeManifest(of: job, .running) }
            // A manifest of many tasks takes a while to write: a tenth of the time at most goes into it.
            let pause = max(Limits.manifestInterval, 10 * clock.now.millisecondsSince(start))
            manifestsDue[job] = clock.now.advanced(byMilliseconds: pause)
        }
    }

    /// Writes one manifest, unless `mayGoOn` or the end of the service stops it; what it says, or nil.
    @discardableResult
    func writeManifest(
        of job: JobID, _ state: Manifest.State?, files: [Manifest.File] = [], while mayGoOn: (() -> Bool)? = nil
    ) throws -> Manifest.Job? {
        let orders = orders
        let written = try store.writeManifest(
            of: job, state: state, generator: OutputWriter.generator, files: files, output: publisher.output,
            while: mayGoOn ?? { !orders.isClosing })
        if written == nil {
            logger.info("a manifest is too long to be written now; the next start goes on", metadata: ["job": "\(job)"])
        }
        return written
    }

    /// Draws the gallery and writes the manifest: the final one if everything is in place.
    ///
    /// - Parameters:
    ///   - job: whose folder it is.
    ///   - drawsAnyway: whether the gallery is drawn although pictures are missing.
    /// - Returns: where all is, and what the manifest says if the end of the service did not stop it.
    /// - Throws: what the store or the disk says.
    func complete(_ job: JobID, drawsAnyway: Bool) throws -> (outputs: JobOutputs, written: Manifest.Job?) {
        store.beginCompletion(of: job)
        let missing = try store.unpublishedCount(of: job)
        // The gallery shows the first pictures of a large job: no more of it need be in memory.
        let manifest = try store.manifest(
            of: job, generator: OutputWriter.generator,
            limit: max(Limits.sheetPictures * Limits.sheets, Limits.curves))
        var outputs = JobOutputs(folder: publisher.folder(ofJob: manifest.job.name))
        outputs.unpublished = missing
        var files: [Manifest.File] = []
        if manifest.job.isOver, missing == 0 || drawsAnyway {
            let folder = outputs.folder
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let (sheets, plot) = try JobGallery(manifest, in: URL(fileURLWithPath: folder)).write()
            files = try sheets.map { try Manifest.File(path: $0, kind: .contactSheet, in: folder) }
            if let plot { files.append(try Manifest.File(path: plot, kind: .plot, in: folder)) }
            outputs.contactSheets = sheets.map { "\(folder)/\($0)" }
            outputs.plot = plot.map { "\(folder)/\($0)" }
        }
        // Work goes on as long as something that is listed is not there.
        return (outputs, try writeManifest(of: job, missing == 0 ? nil : .running, files: files))
    }

    private static let generator = Manifest.Generator(name: Version.program, version: Version.current)
}
