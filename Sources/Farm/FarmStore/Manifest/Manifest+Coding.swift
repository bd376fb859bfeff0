import FarmModel
public import Foundation

extension Manifest {
    enum CodingKeys: String, CodingKey {
        case generator, job, tasks
        case schemaVersion = "schema_version"
    }

    /// The whole manifest as JSON: sorted keys, one task to a line.
    ///
    /// Throws if a wall time is not finite.
    public func encoded() throws -> Data {
        var data = Data()
        let coder = Coder()
        data.append(try coder.head(generator: generator, job: job))
        for (position, task) in tasks.enumerated() { data.append(try coder.line(task, isFirst: position == 0)) }
        data.append(coder.tail)
        return data
    }

    /// Reads a manifest.
    ///
    /// Throws `StoreError` if the text is no manifest, or one of a newer version.
    public init(decoding data: Data, at place: String) throws {
        struct Head: Decodable {
            var schemaVersion: Int
            enum CodingKeys: String, CodingKey { case schemaVersion = "schema_version" }
        }
        do {
            let version = try JSONDecoder().decode(Head.self, from: data).schemaVersion
            guard version == Manifest.schemaVersion else {
                throw StoreError(
                    .newerVersion, what: "a manifest of version \(version)", at: place,
                    hint: "this program reads version \(Manifest.schemaVersion)")
            }
            self = try JSONDecoder().decode(Manifest.self, from: data)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(
                .corrupt, what: "this is no manifest: \(error)", at: place,
                hint: "the coordinator writes it anew when it runs on the same state")
        }
    }

    /// Writes a manifest in parts, so that a long one is never in memory as a whole.
    struct Coder {
        private let encoder: JSONEncoder

        init() {
            encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        }

        /// All that comes before the tasks.
        func head(generator: Generator, job: Job) throws -> Data {
            var data = Data("{\"generator\":".utf8)
            data.append(try encoder.encode(generator))
            data.append(Data(",\n\"job\":".utf8))
            data.append(try encoder.encode(job))
            data.append(Data(",\n\"schema_version\":\(Manifest.schemaVersion),\n\"tasks\":[".utf8))
            return data
        }

        /// One task on a line of its own.
        func line(_ task: Task, isFirst: Bool) throws -> Data {
            var data = Data(isFirst ? "\n".utf8 : ",\n".utf8)
            data.append(try encoder.encode(task))
            return data
        }

        /// All that comes after the tasks.
        var tail: Data { Data("\n]}\n".utf8) }
    }
}

extension Manifest.Job {
    enum CodingKeys: String, CodingKey {
        case counts, failure, files, id, name, state, steps
        case finishedAt = "finished_at"
        case submittedAt = "submitted_at"
    }
}

extension Manifest.Step {
    enum CodingKeys: String, CodingKey {
        case action, name, tasks
        case dependsOn = "depends_on"
    }
}

extension Manifest.Task {
    enum CodingKeys: String, CodingKey {
        case attempt, backend, engine, facts, failure, files, index, label, metrics, models, prompt, seed, settings
        case state, step, worker
        case finishedAt = "finished_at"
        case nonFinite = "non_finite"
        case startedAt = "started_at"
        case wallSeconds = "wall_seconds"
    }
}

extension Manifest.Value {
    /// A setting as JSON can hold it.
    init(_ value: SettingValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .integer(let number): self = .integer(number)
        case .number(let number): self = number.isFinite ? .number(number) : .null
        case .boolean(let flag): self = .boolean(flag)
        case .list(let list): self = .list(list.map(Manifest.Value.init))
        }
    }

    /// Reads whatever JSON value is there, objects excepted.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? value.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else {
            self = .list(try value.decode([Manifest.Value].self))
        }
    }

    /// Writes the bare value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .number(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        }
    }
}
