import COpenBLAS
import CZeroMQ
import Foundation
import WorkerService

/// The probes: they look at this machine and judge nothing.
enum DoctorProbes {
    /// Looks at everything.
    static func facts(outputPath: String) -> DoctorFacts {
        let memory = SystemFile.text("/proc/meminfo")
        let output = nearestFolder(of: outputPath)
        let starter = starterModel()
        var zmq: (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&zmq.0, &zmq.1, &zmq.2)
        return DoctorFacts(
            architecture: architecture,
            cpu: CPUInfo(parsing: SystemFile.text("/proc/cpuinfo")),
            processorLimit: ControlGroup.processors,
            blasConfiguration: openblas_get_config().map { String(cString: $0) } ?? "OpenBLAS",
            blasCore: openblas_get_corename().map { String(cString: $0) } ?? "unknown",
            blasThreads: Int(openblas_get_num_threads()),
            memoryTotal: SystemFile.bytes(of: "MemTotal", in: memory),
            memoryAvailable: SystemFile.bytes(of: "MemAvailable", in: memory),
            memoryLimit: ControlGroup.memoryBytes,
            outputPath: outputPath,
            outputIsWritable: access(output, W_OK | X_OK) == 0,
            outputBytesFree: bytesFree(at: output),
            gpuDevices: gpuDevices(),
            zmqVersion: (Int(zmq.0), Int(zmq.1), Int(zmq.2)),
            zmqHasCURVE: zmq_has("curve") == 1,
            starterModel: starter,
            starterModelMissing: starter.map(missingFiles) ?? [],
            fileDescriptors: fileDescriptorLimit())
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #else
            "another architecture"
        #endif
    }

    /// The folder itself if it exists, or the nearest one above it that does.
    private static func nearestFolder(of path: String) -> String {
        var url = URL(filePath: path).standardizedFileURL
        while !FileManager.default.fileExists(atPath: url.path) && url.pathComponents.count > 1 {
            url.deleteLastPathComponent()
        }
        return url.path
    }

    private static func bytesFree(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? Int.max : bytes
    }

    /// NVIDIA's numbered devices, AMD's compute device.
    private static func gpuDevices() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev")) ?? []
        return names.filter { name in
            name == "kfd" || name.hasPrefix("nvidia") && name.dropFirst(6).allSatisfy(\.isNumber) && name.count > 6
        }.sorted().map { "/dev/" + $0 }
    }

    /// The resource bundle lies beside the program, in the build folder as in an installation.
    private static func starterModel() -> String? {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let folder = program.appending(path: "atelier_StarterModel.resources")
        guard FileManager.default.fileExists(atPath: folder.path) else { return nil }
        let inner = folder.appending(path: "Resources/Starter")
        return FileManager.default.fileExists(atPath: inner.path) ? inner.path : folder.appending(path: "Starter").path
    }

    private static func missingFiles(of folder: String) -> [String] {
        ["vqgan.safetensors", "vqgan.yaml", "clip.safetensors", "clip.json", "bpe_vocab.txt.gz"].filter {
            !FileManager.default.isReadableFile(atPath: folder + "/" + $0)
        }
    }

    private static func fileDescriptorLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        // A coordinator raises its own limit as far as it may.
        return Int(clamping: limit.rlim_max)
    }
}
