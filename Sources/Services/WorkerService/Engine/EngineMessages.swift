import Foundation

/// What a worker tells its engine: one JSON object a line on the engine's standard input.
enum EngineCommand: Codable, Equatable, Sendable {
    /// Executes a task; one at a time.
    case run(EngineTask)
    /// Stops the task between two iterations; unknown keys are ignored.
    case stop(key: String)
    /// Drops a checkpoint after the present iteration, then stops the task; unknown keys are ignored.
    case suspend(key: String)
}

/// A task as the engine sees it.
struct EngineTask: Codable, Equatable, Sendable {
    /// The attempt, as text: it comes back in every event.
    var key: String
    /// One of `Action`.
    var action: String
    /// File-name stem of the outputs.
    var label: String
    /// The settings as canonical JSON.
    var settings: String
    /// Private folder that exists and is empty; outputs go there and nowhere else.
    var folder: String
    /// Where the content of each reference to a file lies, by its text; others lie where their names say.
    var files: [String: String] = [:]
    /// The files of the task before, in a chain; empty for its first and where there is none.
    var inputs: [Input] = []
    /// A checkpoint to go on from; one that cannot be read fails the task with the kind `checkpoint`.
    var resume: String?
    /// Whether and how checkpoints are dropped.
    var checkpoints: Checkpoints?

    /// A file of the task before.
    struct Input: Codable, Equatable, Sendable {
        /// Its plain name.
        var name: String
        /// One of `Artifact.Kind`.
        var kind: String
        /// Where it lies; not to be written to.
        var path: String
    }

    /// Where checkpoints go, and how often.
    struct Checkpoints: Codable, Equatable, Sendable {
        /// Private folder that exists; whoever collects a checkpoint deletes it.
        var folder: String
        /// Milliseconds from one to the next; nil leaves it to the engine, which spends less than a hundredth of its
        /// time on them.
        var everyMilliseconds: Int?
    }
}

/// What an engine tells its worker: one JSON object a line on the engine's standard output.
enum EngineEvent: Codable, Equatable, Sendable {
    /// An iteration is done; sent a few times a second.
    case progress(key: String, iteration: Int, iterations: Int, loss: Float, rate: Float)
    /// The state after so many iterations lies complete in a file of the checkpoints' folder.
    case checkpoint(key: String, EngineCheckpoint)
    /// Something to log; the task goes on.
    case note(key: String, message: String)
    /// The outputs are complete in the task's folder.
    case finished(key: String, EngineOutput)
    /// The task failed.
    case failed(key: String, kind: EngineFailure.Kind, message: String)
    /// The task was stopped on request.
    case stopped(key: String)
}

/// A checkpoint that an engine dropped.
struct EngineCheckpoint: Codable, Equatable, Sendable {
    /// Iterations done, over all candidates of a task.
    var iteration: Int
    /// Name in the checkpoints' folder.
    var file: String
    /// Size in octets.
    var byteCount: Int64
    /// 64 lower-case hexadecimal digits.
    var sha256: String
}

/// What an engine made of a task.
struct EngineOutput: Codable, Equatable, Sendable {
    /// A file in the task's folder.
    struct File: Codable, Equatable, Sendable {
        var name: String
        /// One of `Artifact.Kind`.
        var kind: String
    }

    var files: [File]
    var metrics: [String: Double]
    var facts: [String: String]
    var wallMilliseconds: Int64
}

/// The line format of both directions: JSON without line breaks, numbers that are no numbers as text.
enum EngineLine {
    static func encode(_ message: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return [UInt8](try encoder.encode(message)) + [UInt8(ascii: "\n")]
    }

    static func decode<Message: Decodable>(_ line: String) throws -> Message {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(Message.self, from: Data(line.utf8))
    }
}
