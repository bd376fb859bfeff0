import FarmModel
import FarmStore
import Foundation
import Imaging

/// The pictures people would rather look at than read: contact sheets with captions, and one plot of all curves.
struct JobGallery {
    /// One task as the gallery shows it.
    private struct Entry {
        /// Its caption, else its prompt.
        var prompt: String
        /// Seed and loss.
        var detail: String
        var frame: URL?
        var losses: URL?
        /// Why there is no picture.
        var reason: String
    }

    private let title: String
    private let subtitle: String
    private let entries: [Entry]
    private let folder: URL

    /// Looks at the tasks of a manifest whose files lie in `folder`.
    init(_ manifest: Manifest, in folder: URL) {
        self.folder = folder
        title = manifest.job.name
        let counts = manifest.job.counts
        let backends = Set(manifest.tasks.compactMap(\.backend)).sorted().joined(separator: ", ")
        subtitle = "\(counts.succeeded) of \(counts.total) tasks \(backends)"
        // Tasks that only wait have no picture and miss none.
        let pictureless = Set(manifest.job.steps.filter { $0.action == Action.noop.rawValue }.map(\.name))
        entries = manifest.tasks.filter { !pictureless.contains($0.step) }.map { task in
            func url(_ kind: Manifest.FileKind) -> URL? {
                task.files.first { $0.kind == kind }.map { folder.appending(path: $0.path) }
            }
            let seed = task.seed.map { "seed \($0)" }
            let loss = task.metrics[ResultKey.finalLoss].flatMap { $0 }.map { String(format: "loss %.3f", $0) }
            var caption = task.prompt ?? task.label
            if case .string(let text)? = task.settings["caption"] { caption = text }
            return Entry(
                prompt: caption, detail: [seed, loss].compactMap { $0 }.joined(separator: "  "),
                frame: url(.frame), losses: url(.losses), reason: task.failure?.message ?? task.state.rawValue)
        }
    }

    /// Writes the sheets and the plot into the job's folder; the names of the files.
    func write() throws -> (sheets: [String], plot: String?) {
        let shown = entries.prefix(Limits.sheetPictures * Limits.sheets)
        var sheets: [String] = []
        for start in stride(from: 0, to: shown.count, by: Limits.sheetPictures) {
            let cells = shown[start..<min(start + Limits.sheetPictures, shown.count)].map(cell)
            let name =
                entries.count > Limits.sheetPictures ? "contact-sheet-\(sheets.count + 1).png" : "contact-sheet.png"
            let sheet = ContactSheet(title: title, subtitle: subtitle, cells: cells)
            try sheet.image().write(pngTo: folder.appending(path: name).path)
            sheets.append(name)
        }
        let curves = entries.prefix(Limits.curves).compactMap(curve)
        guard !curves.isEmpty else { return (sheets, nil) }
        try CurvePlot(title: title, curves: curves).image().write(pngTo: folder.appending(path: "losses.png").path)
        return (sheets, "losses.png")
    }

    private func cell(_ entry: Entry) -> ContactSheet.Cell {
        guard let frame = entry.frame else {
            return .init(missing: entry.reason, caption: entry.prompt, detail: entry.detail)
        }
        do {
            return .init(picture: try RGBImage.read(pngAt: frame.path), caption: entry.prompt, detail: entry.detail)
        } catch {
            return .init(missing: "unreadable: \(error)", caption: entry.prompt, detail: entry.detail)
        }
    }

    /// The first two columns of a loss file: iteration and loss.
    private func curve(_ entry: Entry) -> CurvePlot.Curve? {
        guard let losses = entry.losses, let text = try? String(contentsOf: losses, encoding: .utf8) else { return nil }
        let points = text.split(separator: "\n").dropFirst().compactMap { line -> (x: Double, y: Double)? in
            let columns = line.split(separator: ",")
            guard columns.count > 1, let x = Double(columns[0]), let y = Double(columns[1]) else { return nil }
            return (x, y)
        }
        return points.isEmpty ? nil : .init(label: "\(entry.prompt)  \(entry.detail)", points: points)
    }
}
