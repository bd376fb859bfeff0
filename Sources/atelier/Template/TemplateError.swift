/// A template that cannot be used: where and why, in one line.
struct TemplateError: Error, Equatable, CustomStringConvertible {
    var file: String
    var line: Int?
    var message: String

    var description: String { line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)" }
}
