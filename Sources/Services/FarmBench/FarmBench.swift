import FarmKeys
import FarmModel
import FarmTransport
import Foundation

/// Measures a farm from outside: a real coordinator in a process of its own, light workers and a client in this one.
///
/// Every message is encrypted and goes over loopback, and every fact is durable before it is answered.
public struct FarmBench: Encodable {
    let header: FarmBenchHeader
    let workers: Int
    let slots: Int
    /// Seconds until all workers were at work.
    let joinSeconds: Double
    var idleToRunning: Latencies?
    var jobsPerSecond: Double?
    var work: WorkFigures?
    var control = ControlFigures()
    var blobs: BlobFigures?
    var idle: IdleFigures?
    var memory = MemoryFigures()

    /// Measures everything that the setting asks for.
    ///
    /// - Throws: an error of one line if the coordinator does not come up, is lost, or stands still.
    public init(_ setting: FarmBenchSetting) throws {
        let crowd = max(setting.workers, setting.idleWorkers)
        let descriptors = DescriptorLimit.raise()
        let needed = crowd * BenchLimits.descriptorsPerLine + BenchLimits.spareDescriptors
        guard descriptors >= needed else {
            throw FarmBenchError(
                "\(crowd) workers need \(needed) open files here and \(descriptors) are allowed; raise ulimit -n")
        }
        let names = (0..<crowd).map { "bench-\($0)" }
        let keys = try (0...crowd).map { _ in try CurveKeyPair.make() }
        let coordinator = try CoordinatorChild(
            program: setting.program, in: setting.folder,
            admitting: zip(names, keys).map { ($0, $1) } + [("probe", keys[crowd])])
        defer { coordinator.stop() }
        let context = try ZMQContext(sockets: crowd + BenchLimits.spareDescriptors)
        let load = try Load(coordinator, keys: Array(keys.dropLast()), probe: keys[crowd], setting, in: context)
        header = FarmBenchHeader(coordinator)
        workers = setting.workers
        slots = setting.slots
        memory.startBytes = try coordinator.usage().residentBytes
        joinSeconds = try load.join(upTo: setting.workers)
        control.idle = try load.answers(overSeconds: 1)
        if setting.rounds > 0 {
            idleToRunning = try load.idleToRunning(rounds: setting.rounds)
            jobsPerSecond = try load.jobsPerSecond(setting.rounds)
        }
        if !setting.steps.isEmpty { work = try load.work(setting.steps, control: &control.underTasks) }
        memory.afterTasksBytes = try coordinator.usage().residentBytes
        if setting.blobBytes > 0 { blobs = try load.blobs(setting, control: &control.underBlobs) }
        memory.afterBlobsBytes = try coordinator.usage().residentBytes
        if setting.idleWorkers > 0 { idle = try load.idle(setting.idleWorkers, seconds: setting.idleSeconds) }
        memory.peakBytes = try coordinator.usage().peakBytes
        // One job at a time, and the probe beside the workers.
        let tasks = max(setting.steps.reduce(0) { $0 + $1.space.count }, BenchLimits.jobsUnderWay)
        memory.budgetBytes = CoordinatorMemory.budget(workers: crowd + 1, tasks: tasks)
    }
}

/// What the figures depend on besides the code.
struct FarmBenchHeader: Encodable {
    let cpu: String
    let cores: Int
    let build: String
    /// Where the coordinator commits.
    let store: String

    init(_ coordinator: CoordinatorChild) {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let name = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("model name") }
        cpu =
            name.flatMap { $0.split(separator: ":").last }.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
        cores = ProcessInfo.processInfo.activeProcessorCount
        #if DEBUG
            build = "debug"
        #else
            build = "release"
        #endif
        store = coordinator.fileSystem
    }
}
