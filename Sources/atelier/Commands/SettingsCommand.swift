import ArgumentParser
import Guidance

/// `atelier settings [NAME]`: what can be set, out of the one table of settings.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "List all settings of a render, or explain one.",
        discussion: """
            A template holds them under settings: or sweep:, the command line takes them as --set name=value. Lists \
            are written a,b,c on the command line and [a, b, c] in a template. Names that other programs use for \
            the same thing are understood here.

              atelier settings
              atelier settings optimizer
              atelier settings --json > settings.schema.json
            """)

    @Argument(help: ArgumentHelp("The setting to explain.", valueName: "name"))
    var name: String?

    @Flag(help: "Print the JSON schema of all settings.")
    var json = false

    func validate() throws {
        if json, name != nil { throw ValidationError("--json prints all settings; leave out the name") }
    }

    func run() throws {
        if json {
            print(RenderSettings.jsonSchema, terminator: "")
        } else if let name {
            print(try SettingsText.explanation(of: name))
        } else {
            print(SettingsText.list)
        }
    }
}

/// The table of settings as people read it.
enum SettingsText {
    /// Every setting with its default and help, in the order of the table.
    static var list: String {
        let width = RenderSettings.keys.map(\.name.count).max() ?? 0
        let lines = RenderSettings.keys.map { setting in
            let name = setting.name + String(repeating: " ", count: width - setting.name.count)
            return "\(name)  \(setting.help)" + (defaults(of: setting).map { " (\($0))" } ?? "")
        }
        return (lines + ["", "atelier settings NAME says what one accepts."]).joined(separator: "\n")
    }

    /// What one setting does, accepts and defaults to; throws `UserError` for an unknown name.
    static func explanation(of name: String) throws -> String {
        guard let setting = RenderSettings.named(name) ?? RenderSettings.known(elsewhereAs: name) else {
            throw UserError(
                "there is no setting \"\(name)\"; did you mean \"\(RenderSettings.nearest(to: name))\"? "
                    + "“atelier settings” lists all")
        }
        var lines = ["\(setting.name): \(setting.help)", "  accepts  \(setting.accepted)"]
        lines.append("  default  \(defaults(of: setting) ?? "none")")
        if !setting.otherNames.isEmpty {
            lines.append("  elsewhere known as  \(setting.otherNames.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }

    /// As in `0.08 with the starter, else 0.1`; nil for none.
    private static func defaults(of setting: RenderSetting) -> String? {
        if setting.isRequired { return "required" }
        switch (setting.defaultText(in: .starter), setting.defaultText(in: .published)) {
        case (nil, nil): return nil
        case (let starter?, let published?) where starter == published: return starter
        case (let starter, let published):
            return "\(starter ?? "off") with the starter, else \(published ?? "off")"
        }
    }
}
