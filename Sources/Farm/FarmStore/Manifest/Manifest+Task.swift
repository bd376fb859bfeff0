extension Manifest {
    /// A task that has ended or is running.
    public struct Task: Codable, Hashable, Sendable {
        /// The attempt that ended it or is under way; 0 if none was made.
        public var attempt: UInt32
        /// The tensor backend that computed it.
        public var backend: String?
        /// The engine's version.
        public var engine: String?
        /// Further words the worker reported.
        public var facts: [String: String]
        /// Why it failed.
        public var failure: Failure?
        /// What it produced.
        public var files: [File]
        /// When it ended, ISO 8601 in UTC.
        public var finishedAt: String?
        /// Place in the job, from 0.
        public var index: UInt32
        /// Stem of its file names.
        public var label: String
        /// Numbers the worker reported; nil stands for one that is not finite, named in `nonFinite`.
        public var metrics: [String: Double?]
        /// SHA-256 of the models used, by the worker's name for them, such as `vqgan_sha256`.
        public var models: [String: String]
        /// Names of metrics that are not finite numbers, sorted.
        public var nonFinite: [String]
        /// The prompt, if it has one.
        public var prompt: String?
        /// The seed, if it has one.
        public var seed: Int64?
        /// All settings.
        public var settings: [String: Value]
        /// When the attempt was given out, ISO 8601 in UTC.
        public var startedAt: String?
        /// How it stands.
        public var state: TaskState
        /// Name of its step.
        public var step: String
        /// Seconds of wall time the worker measured.
        public var wallSeconds: Double?
        /// Who worked on it.
        public var worker: String?
    }

    /// How a listed task stands.
    public enum TaskState: String, Codable, Hashable, Sendable, CaseIterable {
        /// Offered to a worker or running.
        case running
        /// Ended well.
        case succeeded
        /// Failed for good.
        case failed
        /// Tried, but ended because the job was cancelled.
        case cancelled
    }

    /// Why a task failed.
    public struct Failure: Codable, Hashable, Sendable {
        /// Who is to blame: `infrastructure`, `busy`, `task`, `badOutput` or `configuration`.
        public var failureClass: String
        /// One line for people.
        public var message: String

        enum CodingKeys: String, CodingKey {
            case failureClass = "class"
            case message
        }

        /// Makes a description.
        public init(failureClass: String, message: String) {
            self.failureClass = failureClass
            self.message = message
        }
    }

    /// A published file.
    public struct File: Codable, Hashable, Sendable {
        /// What it is.
        public var kind: FileKind
        /// Path relative to the job's folder.
        public var path: String
        /// SHA-256 of its content, 64 lower-case digits.
        public var sha256: String
        /// Size in octets.
        public var size: Int64

        enum CodingKeys: String, CodingKey {
            case kind, path, sha256
            case size = "bytes"
        }
    }

    /// What a published file is.
    public enum FileKind: String, Codable, Hashable, Sendable, CaseIterable {
        /// A picture of a task.
        case frame
        /// The loss curve of a task.
        case losses
        /// Anything else.
        case file
        /// All pictures on one sheet.
        case contactSheet = "contact_sheet"
        /// Loss curves drawn.
        case plot
        /// Frames in motion.
        case video
    }

    /// The value of a setting, as JSON.
    ///
    /// JSON does not tell `2.0` from `2`: such a number reads back as a whole one.
    public enum Value: Codable, Hashable, Sendable {
        /// Nothing: a number that is not finite.
        case null
        /// A truth value.
        case boolean(Bool)
        /// A whole number.
        case integer(Int64)
        /// A finite number.
        case number(Double)
        /// Text.
        case string(String)
        /// Several values.
        case list([Value])
    }
}

extension Manifest.File {
    /// Describes a file that lies in a job's folder, reading it for its digest.
    ///
    /// - Parameters:
    ///   - path: where it lies, relative to the job's folder.
    ///   - kind: what it is.
    ///   - folder: the job's folder.
    /// - Throws: `StoreError` if the file cannot be read.
    public init(path: String, kind: Manifest.FileKind, in folder: String) throws {
        let (byteCount, digest) = try Disk.digest(ofFile: "\(folder)/\(path)")
        self.init(kind: kind, path: path, sha256: "\(digest)", size: byteCount)
    }
}
