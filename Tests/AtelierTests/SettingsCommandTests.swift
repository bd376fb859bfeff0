import ArgumentParser
import Foundation
import Guidance
import Testing

@testable import atelier

/// What `atelier settings` prints.
struct SettingsCommandTests {
    @Test("The list names every setting once, with its help and its defaults")
    func list() {
        let lines = SettingsText.list.split(separator: "\n").map(String.init)
        for setting in RenderSettings.keys {
            let own = lines.filter { $0.hasPrefix(setting.name + " ") }
            #expect(own.count == 1 && own[0].contains(setting.help))
        }
        #expect(lines.contains { $0.hasPrefix("learning_rate ") && $0.contains("0.08 with the starter, else 0.1") })
        #expect(lines.contains { $0.hasPrefix("optimizer ") && $0.contains(#"("adam")"#) })
        #expect(lines.contains { $0.hasPrefix("prompt ") && $0.contains("(required)") })
        #expect(lines.contains { $0.hasPrefix("palette ") && !$0.contains("none") })
    }

    @Test("One setting says what it accepts, and is found by the name of another program")
    func explanation() throws {
        let text = try SettingsText.explanation(of: "optimizer")
        #expect(text.contains("adam, adamw, adagrad, adamax, diffgrad, adamp, radam, rmsprop"))
        #expect(text.contains("optimiser, opt"))
        #expect(try SettingsText.explanation(of: "tv_weight").hasPrefix("total_variation: "))
        for setting in RenderSettings.keys {
            let text = try SettingsText.explanation(of: setting.name)
            #expect(text.contains("accepts  ") && text.contains("default  "))
        }
        let error = try #require(throws: UserError.self) { try SettingsText.explanation(of: "optimzer") }
        #expect(error.message.contains("did you mean \"optimizer\"?"))
    }

    @Test("The schema and a name exclude each other")
    func flags() throws {
        #expect(try SettingsCommand.parse(["--json"]).json)
        #expect(try SettingsCommand.parse(["noise"]).name == "noise")
        #expect(throws: (any Error).self) { try SettingsCommand.parse(["--json", "noise"]) }
    }
}
