import FarmModel
import FarmProtocol
import FarmStore
import OrderedCollections

/// Turns what an engine left in an attempt's outbox folder into a result: sizes, digests, sorted numbers and words.
enum OutputCollector {
    /// Reads every file once; blocks on the disk.
    ///
    /// A failure of the class `infrastructure` is one of this node's disk. What could never be said to a coordinator is
    /// bad output: it would lie in the outbox for ever.
    static func collect(
        _ output: EngineOutput, of attempt: TaskAttempt, in outbox: OutboxStore
    ) -> Result<TaskResult, Failure> {
        // Before a file is read: an engine that leaves thousands of them is not worth the reading.
        guard output.files.count <= FarmModel.Limits.artifacts else {
            let limit = FarmModel.Limits.artifacts
            return .failure(
                Failure(.badOutput, "the engine left \(output.files.count) files; a task has \(limit) at most"))
        }
        var names: Set<String> = []
        var artifacts: [Artifact] = []
        for file in output.files {
            guard let kind = Artifact.Kind(rawValue: file.kind), JobSpec.isFileName(file.name) else {
                return .failure(Failure(.badOutput, "the engine named an output \"\(file.name)\" (\(file.kind))"))
            }
            guard names.insert(file.name).inserted else {
                return .failure(Failure(.badOutput, "the engine named two outputs \"\(file.name)\""))
            }
            do {
                artifacts.append(try outbox.artifact(named: file.name, kind: kind, of: attempt))
            } catch let error as StoreError where error.isOfTheDisk {
                return .failure(Failure(.infrastructure, "\(error)"))
            } catch {
                return .failure(Failure(.badOutput, "the output \(file.name) cannot be read: \(error)"))
            }
        }
        let metrics = output.metrics.sorted { $0.key < $1.key }
        let facts = output.facts.sorted { $0.key < $1.key }
        let result = TaskResult(
            artifacts: artifacts,
            metrics: OrderedDictionary(uniqueKeysWithValues: metrics.map { ($0.key, $0.value) }),
            facts: OrderedDictionary(uniqueKeysWithValues: facts.map { ($0.key, $0.value) }),
            wallMilliseconds: output.wallMilliseconds)
        if let complaint = complaint(of: result, attempt) {
            return .failure(Failure(.badOutput, "the engine's result cannot be reported: \(complaint)"))
        }
        return .success(result)
    }

    /// Why a result cannot be put into a frame; nil if it can.
    private static func complaint(of result: TaskResult, _ attempt: TaskAttempt) -> String? {
        do {
            _ = try Frame(session: SessionID(1), sequence: 1, body: .worker(.succeeded(attempt, result))).encoded()
            return nil
        } catch {
            return "\(error)"
        }
    }
}

extension StoreError {
    /// Whether this node's disk is to blame, and not what was written.
    var isOfTheDisk: Bool {
        switch reason {
        case .diskFull, .permission, .system: true
        case .notFound, .inTheWay, .corrupt, .newerVersion, .locked, .ruleViolated, .gap, .digestMismatch, .overLimit,
            .badName:
            false
        }
    }
}
