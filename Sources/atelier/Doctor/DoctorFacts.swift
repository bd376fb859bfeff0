/// What the probes measured, before anyone judged it: the report is a pure function of these values.
struct DoctorFacts {
    /// The architecture this program was built for: `x86_64`, `arm64`.
    var architecture: String
    var cpu: CPUInfo

    /// The processors a container allows, or nil for all of them.
    var processorLimit: Double?

    /// OpenBLAS's own description, which begins with its name and version.
    var blasConfiguration: String

    /// The kernel set OpenBLAS chose for this processor.
    var blasCore: String
    var blasThreads: Int

    var memoryTotal: Int?
    var memoryAvailable: Int?

    /// The bytes a container allows, or nil for no limit.
    var memoryLimit: Int?

    /// The folder that will receive the output, as the user named it.
    var outputPath: String

    /// Whether the folder, or the nearest one above it that exists, can be written to.
    var outputIsWritable: Bool
    var outputBytesFree: Int?

    /// Device files of graphics processors.
    var gpuDevices: [String]

    /// The version of libzmq: major, minor, patch.
    var zmqVersion: (major: Int, minor: Int, patch: Int)
    var zmqHasCURVE: Bool

    /// The folder of the starter model, or nil if it was not found beside the program.
    var starterModel: String?

    /// The files of the starter model that are missing.
    var starterModelMissing: [String]

    var fileDescriptors: Int
}
