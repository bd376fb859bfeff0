import FarmModel
import Foundation

/// Reads a template from a file.
enum TemplateFile {
    /// The template at a path, named after its file where it has no name; throws `UserError`.
    static func read(_ path: String) throws -> JobTemplate {
        let url = URL(fileURLWithPath: path)
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw UserError("cannot read the template \(path): \(error.localizedDescription)")
        }
        guard data.count <= Limits.templateBytes, let text = String(data: data, encoding: .utf8) else {
            throw UserError("\(path): a template is UTF-8 text of at most \(Limits.templateBytes >> 20) MiB")
        }
        let stem = JobSpec.slug(url.deletingPathExtension().lastPathComponent, limit: 60)
        do {
            return try TemplateParser(file: path).parse(text, defaultName: stem.isEmpty ? "run" : stem)
        } catch {
            throw UserError("\(error)")
        }
    }
}
