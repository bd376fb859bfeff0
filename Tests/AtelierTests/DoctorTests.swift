import Foundation
import Testing

@testable import atelier

// An executable has no public interface, so its parts are reached by `@testable`.

@Suite struct DoctorTests {
    private func facts(_ change: (inout DoctorFacts) -> Void = { _ in }) -> DoctorFacts {
        var facts = DoctorFacts(
            architecture: "x86_64",
            cpu: CPUInfo(model: "Test CPU", processors: 8, features: ["avx2", "fma", "sse2"]), processorLimit: nil,
            blasConfiguration: "OpenBLAS 0.3.21 DYNAMIC_ARCH", blasCore: "Zen", blasThreads: 8,
            memoryTotal: 32 << 30, memoryAvailable: 20 << 30, memoryLimit: nil, outputPath: "./out",
            outputIsWritable: true, outputBytesFree: 50 << 30, gpuDevices: [], zmqVersion: (4, 3, 4),
            zmqHasCURVE: true, starterModel: "/models", starterModelMissing: [], fileDescriptors: 20_000)
        change(&facts)
        return facts
    }

    private func line(_ name: String, _ change: (inout DoctorFacts) -> Void) throws -> DoctorReport.Line {
        try #require(DoctorReport(facts(change)).lines.first { $0.name == name })
    }

    @Test("A healthy machine has no problem and exits with 0")
    func healthy() {
        let report = DoctorReport(facts())
        #expect(report.lines.allSatisfy { $0.status == .ok })
        #expect(report.exitCode == 0)
        #expect(report.text.hasSuffix("Everything that is needed is here."))
    }

    @Test("A processor without AVX2 or FMA is unsupported on x86-64 only")
    func oldProcessor() throws {
        let old = CPUInfo(model: "Old", processors: 2, features: ["sse2"])
        let found = try line("CPU") { $0.cpu = old }
        #expect(found.status == .problem)
        #expect(found.finding == "Old: unsupported, it lacks AVX2 and FMA")
        #expect(DoctorReport(facts { $0.cpu = old }).exitCode == 1)
        #expect(try line("CPU") { ($0.cpu, $0.architecture) = (old, "arm64") }.status == .ok)
    }

    @Test("A GPU is a note that this build does not use it")
    func gpu() throws {
        let found = try line("GPU") { $0.gpuDevices = ["/dev/nvidia0"] }
        #expect(found.status == .note)
        #expect(found.finding.contains("no GPU backend"))
    }

    @Test(
        "Every missing thing is a problem with a remedy",
        arguments: ["memory", "output", "ZeroMQ", "starter model", "open files"])
    func problems(_ name: String) throws {
        let found = try line(name) { facts in
            facts.memoryAvailable = 100 << 20
            facts.outputIsWritable = false
            facts.zmqHasCURVE = false
            facts.starterModel = nil
            facts.fileDescriptors = 64
        }
        #expect(found.status == .problem)
        #expect(found.remedy?.isEmpty == false)
    }

    @Test("Lesser shortages are notes and do not fail the command")
    func notes() {
        let report = DoctorReport(
            facts { facts in
                facts.processorLimit = 1.5
                facts.memoryLimit = 4 << 30
                facts.outputBytesFree = 1 << 30
                facts.fileDescriptors = 512
                facts.blasCore = "Prescott"
            })
        #expect(report.lines.count { $0.status == .note } == 5)
        #expect(report.exitCode == 0)
    }

    @Test("A container's memory limit counts, not the host's memory")
    func memoryLimit() throws {
        #expect(try line("memory") { $0.memoryLimit = 512 << 20 }.status == .problem)
    }

    @Test("Missing weights are named")
    func missingWeights() throws {
        let found = try line("starter model") { $0.starterModelMissing = ["clip.safetensors"] }
        #expect(found.finding == "/models lacks clip.safetensors")
    }

    @Test("An old libzmq is refused whatever its encryption")
    func oldZeroMQ() throws {
        #expect(try line("ZeroMQ") { $0.zmqVersion = (4, 1, 9) }.status == .problem)
        #expect(try line("ZeroMQ") { $0.zmqVersion = (4, 3, 3) }.status == .problem)
        #expect(try line("ZeroMQ") { $0.zmqVersion = (5, 0, 0) }.status == .ok)
    }

    @Test("The JSON report says whether all is well and lists the checks")
    func json() throws {
        let report = DoctorReport(facts { $0.zmqHasCURVE = false })
        let object = try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any]
        #expect(object?["healthy"] as? Bool == false)
        #expect((object?["checks"] as? [[String: Any]])?.count == report.lines.count)
    }

    @Test("The text names the remedy below its line")
    func text() {
        let text = DoctorReport(facts { $0.fileDescriptors = 64 }).text
        #expect(text.contains("problem  open files     64 open files allowed\n"))
        #expect(text.contains("-> ulimit -n 4096\n"))
        #expect(text.hasSuffix("1 problem has to be mended."))
    }

    @Test("The processor file of an x86-64 machine is read")
    func cpuinfo() {
        let cpu = CPUInfo(
            parsing: """
                processor\t: 0
                model name\t: Example  CPU @ 3.00GHz
                flags\t\t: fpu avx2 FMA

                processor\t: 1
                model name\t: Another
                flags\t\t: fpu
                """)
        #expect(cpu == CPUInfo(model: "Example CPU @ 3.00GHz", processors: 2, features: ["fpu", "avx2", "fma"]))
        #expect(cpu.missing(["avx2", "fma", "avx512f"]) == ["avx512f"])
    }

    @Test("The processor file of an ARM machine has features and no model")
    func armCPUInfo() {
        let cpu = CPUInfo(parsing: "processor : 0\nFeatures : fp asimd\nCPU part : 0xd0c\n")
        #expect(cpu == CPUInfo(model: "unknown processor", processors: 1, features: ["fp", "asimd"]))
        #expect(CPUInfo(parsing: "").processors == 0)
    }

    @Test("Sizes are written for people")
    func sizes() {
        #expect(DoctorReport.size(3 << 29) == "1.5 GiB")
        #expect(DoctorReport.size(100 << 20) == "100 MiB")
    }

    @Test("The probes find this machine's processors, memory and libraries")
    func probes() {
        let facts = DoctorProbes.facts(outputPath: NSTemporaryDirectory() + "/not/there/yet")
        #expect(facts.cpu.processors >= 1)
        #expect((facts.memoryTotal ?? 0) > 0)
        #expect(facts.zmqVersion.major >= 4)
        #expect(facts.blasConfiguration.contains("OpenBLAS"))
        #expect(facts.outputIsWritable)
        #expect((facts.outputBytesFree ?? 0) > 0)
        #expect(facts.fileDescriptors > 0)
    }
}
