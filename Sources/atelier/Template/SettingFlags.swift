import ArgumentParser
import FarmModel
import Foundation
import Guidance
import OrderedCollections

/// Render settings as flags of the command line; each has the name of its setting.
struct SettingFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Width and height in pixels.", valueName: "WxH"))
    var size: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Number of optimiser steps.", valueName: "n"))
    var iterations: String?

    @Option(help: ArgumentHelp("What to start from: search, random, gray, pixels, gradient.", valueName: "start"))
    var start: String?

    @Option(help: ArgumentHelp("PNG to start from.", valueName: "file"))
    var startImage: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Views that CLIP judges in each step; 32@0,16@200 for fewer later.", valueName: "n"))
    var cutouts: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Step size of the optimiser.", valueName: "x"))
    var learningRate: String?

    @Option(
        help: ArgumentHelp("The painting model: starter, or a checkpoint with its .yaml beside.", valueName: "model"))
    var vqgan: String?

    @Option(
        help: ArgumentHelp("The judging model: starter, or a checkpoint with its config beside.", valueName: "model"))
    var clip: String?

    @Option(help: ArgumentHelp("A CLIP that does not guide and scores the finished picture.", valueName: "model"))
    var judge: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Pictures to render per task, of which the judge's favourite is kept.", valueName: "n"))
    var bestOf: String?

    @Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Any setting, repeatable; the command settings lists them.",
            valueName: "key=value"))
    var assignments: [String] = []

    /// The settings given, typed as their kind wants them; throws `UserError` for an unknown key.
    func settings() throws -> Settings {
        var result: Settings = [:]
        let flags: [(String, String?)] = [
            ("size", size), ("iterations", iterations), ("start", start), ("start_image", startImage),
            ("cutouts", cutouts), ("learning_rate", learningRate), ("vqgan", vqgan), ("clip", clip),
            ("judge", judge), ("best_of", bestOf),
        ]
        for case (let key, let text?) in flags { result[key] = SettingFlags.value(text, of: key) }
        for assignment in assignments {
            let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 2 else { throw UserError("--set \(assignment): write it as key=value") }
            guard RenderSettings.named(parts[0]) != nil, !["prompt", "seed"].contains(parts[0]) else {
                throw UserError(
                    "--set \(assignment): there is no setting \"\(parts[0])\"; "
                        + "did you mean \"\(RenderSettings.nearest(to: parts[0]))\"?")
            }
            guard result[parts[0]] == nil else { throw UserError("\(parts[0]) is set twice") }
            result[parts[0]] = SettingFlags.value(parts[1], of: parts[0])
        }
        return result
    }

    /// Text as the kind of a setting: numbers where numbers are wanted.
    ///
    /// What does not fit stays text, for the strict
    /// reader of the settings to refuse by name.
    private static func value(_ text: String, of key: String) -> SettingValue {
        switch RenderSettings.named(key)?.kind {
        case .integer, .schedule: Int64(text).map { .integer($0) } ?? .string(text)
        case .number: Double(text).flatMap { $0.isFinite ? .number($0) : nil } ?? .string(text)
        case .flag: Bool(text).map { .boolean($0) } ?? .string(text)
        case .augmentations: .list(entries(of: text).map { .string($0) })
        case .colors: .list(words(of: text).map { .string($0) })
        case .numbers:
            .list(
                words(of: text).map { word in
                    Double(word).flatMap { $0.isFinite ? .number($0) : nil } ?? .string(word)
                })
        case .text, .choice, .size, .file, .models, .picture, .pictures, .imagePrompts, .texts, nil: .string(text)
        }
    }

    /// Parts between the commas, without blanks around them.
    private static func words(of text: String) -> [String] {
        text.isEmpty
            ? []
            : text.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
    }

    /// Parts between the commas that stand outside of parentheses.
    private static func entries(of text: String) -> [String] {
        var (parts, depth) = ([""], 0)
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return text.isEmpty ? [] : parts
    }
}
