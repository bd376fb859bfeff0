import Glibc

extension CPUBackend {
    /// What this processor lacks of the instructions that the kernels are compiled for; empty if it can run them.
    ///
    /// On x86-64 the kernels need the level x86-64-v3 (Intel since Haswell, AMD since Excavator): AVX2, FMA and
    /// the bit instructions. Elsewhere they need nothing beyond the platform's baseline. If the system does not say
    /// what the processor can do, nothing counts as missing.
    public static func missingCPUFeatures() -> [String] {
        #if arch(x86_64)
            missing(of: ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"], in: processorFlags())
        #else
            []
        #endif
    }

    /// Which of `needed` is not among the flags, in the order given.
    static func missing(of needed: [String], in flags: Set<String>) -> [String] {
        flags.isEmpty ? [] : needed.filter { !flags.contains($0) }
    }

    /// The flags of the first processor that `/proc/cpuinfo` lists.
    private static func processorFlags() -> Set<String> {
        guard let file = fopen("/proc/cpuinfo", "r") else { return [] }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0 {
            guard let line, strncmp(line, "flags", 5) == 0 else { continue }
            return Set(String(cString: line).split(whereSeparator: \.isWhitespace).map(String.init))
        }
        return []
    }
}
