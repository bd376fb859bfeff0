import FarmTransport

extension DoctorReport {
    private static let mebibyte = 1 << 20
    private static let gibibyte = 1 << 30

    /// Judges what the probes found.
    init(_ facts: DoctorFacts) {
        lines = [
            Self.cpu(facts), Self.cores(facts), Self.gpu(facts), Self.blas(facts), Self.memory(facts),
            Self.disk(facts), Self.zmq(facts), Self.starterModel(facts), Self.fileDescriptors(facts),
        ]
    }

    private static func cpu(_ facts: DoctorFacts) -> Line {
        // The numeric code of an x86-64 build uses these instructions without asking again.
        let needed = facts.architecture == "x86_64" ? ["avx2", "fma"] : []
        let missing = facts.cpu.missing(needed)
        guard missing.isEmpty else {
            return Line(
                "CPU", .problem,
                "\(facts.cpu.model): unsupported, it lacks \(missing.map { $0.uppercased() }.joined(separator: " and "))",
                remedy: "use a processor of 2013 or later (Intel Haswell, AMD Zen), or let a virtual machine pass "
                    + "the host's CPU through")
        }
        let extras = ["avx2", "fma", "avx512f", "asimd"].filter(facts.cpu.features.contains)
        let list = extras.isEmpty ? "" : " with \(extras.map { $0.uppercased() }.joined(separator: ", "))"
        return Line("CPU", .ok, "\(facts.cpu.model), \(facts.architecture)\(list)")
    }

    private static func cores(_ facts: DoctorFacts) -> Line {
        let all = "\(facts.cpu.processors) logical processor\(facts.cpu.processors == 1 ? "" : "s")"
        if let limit = facts.processorLimit, limit < Double(facts.cpu.processors) {
            return Line(
                "cores", .note, "\(all), of which this container may use \((limit * 10).rounded() / 10)",
                remedy: "raise the container's CPU limit to render faster")
        }
        return Line("cores", .ok, all)
    }

    private static func gpu(_ facts: DoctorFacts) -> Line {
        guard !facts.gpuDevices.isEmpty else {
            return Line("GPU", .ok, "none found; pictures are rendered on the CPU")
        }
        return Line(
            "GPU", .note,
            "\(facts.gpuDevices.joined(separator: ", ")) present, but this build has no GPU backend: pictures are "
                + "rendered on the CPU")
    }

    private static func blas(_ facts: DoctorFacts) -> Line {
        let version = facts.blasConfiguration.split(separator: " ").prefix(2).joined(separator: " ")
        let finding =
            "\(version), \(facts.blasCore) kernels, \(facts.blasThreads) "
            + "thread\(facts.blasThreads == 1 ? "" : "s")"
        let slow = ["generic", "prescott", "core2", "nehalem", "penryn"]
        if facts.architecture == "x86_64" && slow.contains(facts.blasCore.lowercased()) {
            return Line(
                "OpenBLAS", .note, finding + ": it does not use AVX2",
                remedy: "apt-get install --only-upgrade libopenblas0-pthread, and leave OPENBLAS_CORETYPE unset")
        }
        return Line("OpenBLAS", .ok, finding)
    }

    private static func memory(_ facts: DoctorFacts) -> Line {
        guard let total = facts.memoryTotal, let available = facts.memoryAvailable else {
            return Line("memory", .note, "/proc/meminfo cannot be read")
        }
        let usable = min(available, facts.memoryLimit ?? available)
        var finding = "\(size(available)) available of \(size(total))"
        if let limit = facts.memoryLimit, limit < total { finding += ", this container may use \(size(limit))" }
        if usable < gibibyte {
            return Line(
                "memory", .problem, finding, remedy: "free at least 1 GiB: the starter model needs about that much")
        }
        if usable < 6 * gibibyte {
            return Line("memory", .note, finding + "; enough for the starter model, little for published ones")
        }
        return Line("memory", .ok, finding)
    }

    private static func disk(_ facts: DoctorFacts) -> Line {
        guard facts.outputIsWritable else {
            return Line(
                "output", .problem, "\(facts.outputPath) cannot be written to",
                remedy: "choose another folder with --output, or: chown \"$USER\" '\(facts.outputPath)'")
        }
        guard let free = facts.outputBytesFree else {
            return Line("output", .note, "\(facts.outputPath): the free space cannot be read")
        }
        let finding = "\(facts.outputPath), \(size(free)) free"
        if free < 256 * mebibyte {
            return Line(
                "output", .problem, finding, remedy: "free at least 256 MiB there or choose another --output")
        }
        return Line("output", free < 2 * gibibyte ? .note : .ok, finding)
    }

    private static func zmq(_ facts: DoctorFacts) -> Line {
        let (major, minor, patch) = facts.zmqVersion
        let finding = "libzmq \(major).\(minor).\(patch)"
        let remedy = "apt-get update && apt-get install libzmq3-dev, then build again"
        // Older ones can be overrun before anybody has shown a key: CVE-2019-13132, CVE-2020-15166.
        guard (major, minor, patch) >= (4, 3, 4) else {
            return Line("ZeroMQ", .problem, finding + "; 4.3.4 or later is needed", remedy: remedy)
        }
        guard facts.zmqHasCURVE else {
            return Line("ZeroMQ", .problem, finding + " was built without CURVE encryption", remedy: remedy)
        }
        return Line("ZeroMQ", .ok, finding + " with CURVE encryption")
    }

    private static func starterModel(_ facts: DoctorFacts) -> Line {
        let remedy = "swift build -c release, and keep atelier_StarterModel.resources beside the program"
        guard let folder = facts.starterModel else {
            return Line("starter model", .problem, "not found beside the program", remedy: remedy)
        }
        guard facts.starterModelMissing.isEmpty else {
            return Line(
                "starter model", .problem,
                "\(folder) lacks \(facts.starterModelMissing.joined(separator: ", "))", remedy: remedy)
        }
        return Line("starter model", .ok, folder)
    }

    private static func fileDescriptors(_ facts: DoctorFacts) -> Line {
        let finding = "\(facts.fileDescriptors) open files allowed"
        let remedy = "ulimit -n 4096"
        if facts.fileDescriptors < 256 { return Line("open files", .problem, finding, remedy: remedy) }
        if facts.fileDescriptors < 1024 {
            return Line("open files", .note, finding + ": enough for a few workers", remedy: remedy)
        }
        let workers = DescriptorLimit.workers(within: facts.fileDescriptors)
        if workers < 1000 {
            return Line("open files", .note, finding + ": a coordinator serves \(workers) workers", remedy: remedy)
        }
        return Line("open files", .ok, finding)
    }

    /// Bytes for a person: GiB with one decimal, or whole MiB below one GiB.
    static func size(_ bytes: Int) -> String {
        guard bytes >= gibibyte else { return "\(bytes / mebibyte) MiB" }
        let tenths = (Double(bytes) / Double(gibibyte) * 10).rounded()
        return "\(tenths / 10) GiB"
    }
}
