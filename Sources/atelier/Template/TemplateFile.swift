import FarmModel
import Foundation

/// Reads a template from a file.
enum TemplateFile {
    /// The template at a path, named after its file where it has no name; throws `UserError`.
    ///
    /// Files that it names lie relative to its own folder, so that a folder of a template and its pictures can move.
    static func read(_ path: String) throws -> JobTemplate {
        let url = URL(fileURLWithPath: path)
        try RegularFile.check(url.path, named: "template")
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw UserError("template: \(url.path) cannot be read")
        }
        guard data.count <= Limits.templateBytes, let text = String(data: data, encoding: .utf8) else {
            throw UserError("\(path): a template is UTF-8 text of at most \(Limits.templateBytes >> 20) MiB")
        }
        let stem = JobSpec.slug(url.deletingPathExtension().lastPathComponent, limit: 60)
        do {
            var template = try TemplateParser(file: path).parse(text, defaultName: stem.isEmpty ? "run" : stem)
            template.folder = url.deletingLastPathComponent().path
            return template
        } catch {
            throw UserError("\(error)")
        }
    }
}

/// Refuses what is no file before it is read: a folder would give an obscure error, a device no end.
enum RegularFile {
    /// Octets of the regular file at a path; nil if there is none.
    static func size(_ path: String) -> Int64? {
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        guard attributes?[.type] as? FileAttributeType == .typeRegular else { return nil }
        return (attributes?[.size] as? NSNumber)?.int64Value
    }

    /// Throws `UserError` unless a regular file lies at the path.
    static func check(_ path: String, named what: String) throws {
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: file) else {
            throw UserError("\(what): there is no file \(path)")
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            throw UserError("\(what): \(path) is \(isFolder ? "a folder, not a file" : "no regular file")")
        }
    }
}
