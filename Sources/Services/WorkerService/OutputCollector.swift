import FarmModel
import FarmStore
import OrderedCollections

/// Turns what an engine left in an attempt's outbox folder into a result: sizes, digests, sorted numbers and words.
enum OutputCollector {
    /// Reads every file once; blocks on the disk.
    ///
    /// A failure of the class `infrastructure` is one of this node's disk.
    static func collect(
        _ output: EngineOutput, of attempt: TaskAttempt, in outbox: OutboxStore
    ) -> Result<TaskResult, Failure> {
        var artifacts: [Artifact] = []
        for file in output.files {
            guard let kind = Artifact.Kind(rawValue: file.kind), JobSpec.isFileName(file.name) else {
                return .failure(Failure(.badOutput, "the engine named an output \"\(file.name)\" (\(file.kind))"))
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
        return .success(
            TaskResult(
                artifacts: artifacts,
                metrics: OrderedDictionary(uniqueKeysWithValues: metrics.map { ($0.key, $0.value) }),
                facts: OrderedDictionary(uniqueKeysWithValues: facts.map { ($0.key, $0.value) }),
                wallMilliseconds: output.wallMilliseconds))
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
