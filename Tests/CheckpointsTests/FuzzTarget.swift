import TensorCore

@testable import Checkpoints

/// A reader that is given arbitrary bytes: by the fuzzer that `deploy/fuzz` builds, and by the test that replays the
/// fuzzer's corpus.
///
/// Every target may refuse its input and may accept it; what it may not do is trap, read beyond the bytes, take long or
/// take much memory.
enum FuzzTarget: String, CaseIterable {
    /// Whatever container the first bytes name, and all of its tensors.
    case checkpoint
    /// The restricted unpickler alone.
    case pickle
    /// The table of a safetensors file.
    case safetensors
    /// The directory of a zip archive.
    case zip

    /// Reads the bytes; true where they were accepted.
    func run(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do {
            switch self {
            case .checkpoint: try Self.readTensors(openCheckpoint(MappedFile(path: "fuzz", borrowing: bytes)))
            case .pickle: try Self.walk(Unpickler.read(bytes))
            case .safetensors: _ = try SafetensorsHeader(bytes, path: "fuzz")
            case .zip: try Self.readEntries(ZipArchive(bytes), bytes)
            }
            return true
        } catch let error as CheckpointError {
            precondition(!error.description.contains("\n"), "an error of several lines: \(error)")
            return false
        } catch {
            return false
        }
    }

    private static func readTensors(_ checkpoint: any Checkpoint) throws {
        for name in checkpoint.names {
            guard let shape = checkpoint.shape(of: name) else { preconditionFailure("'\(name)' has no shape") }
            // A few bytes can describe a large tensor of equal elements.
            if shape.count > 1 << 16 { continue }
            let tensor = try checkpoint.tensor(named: name)
            precondition(tensor.shape == shape, "'\(name)' has two shapes")
        }
    }

    private static func walk(_ result: Unpickler.Result) throws {
        _ = try? NamedTensors(stateDictIn: result.graph, at: result.root)
        _ = try? NamedTensors(moduleIn: result.graph, at: result.root)
        for tensor in result.graph.tensors {
            let count = result.graph.storages[tensor.storage].count
            guard
                let layout = try? StridedLayout(
                    offset: tensor.offset, extents: tensor.extents, strides: tensor.strides, storageCount: count)
            else { continue }
            precondition(layout.end <= count, "\(layout) reaches beyond \(count)")
            if layout.count > 1 << 16 { continue }
            var visited = 0
            layout.forEachRun { start, stride, length in
                precondition(start >= layout.offset && start + (length - 1) * stride < layout.end, "\(layout)")
                visited += length
            }
            precondition(visited == layout.count, "\(layout) visits \(visited)")
        }
    }

    private static func readEntries(_ archive: ZipArchive, _ bytes: UnsafeRawBufferPointer) throws {
        var end = 0
        for entry in archive.entries {
            precondition(entry.range.lowerBound >= end && entry.range.upperBound <= bytes.count, "\(entry)")
            end = entry.range.upperBound
            _ = try archive.stored(entry.name)
        }
    }
}
