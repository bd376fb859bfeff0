import Testing

@testable import WorkerService

/// What the kernel says of this node.
struct NodeTests {
    @Test("Limits of containers are read, and the absence of limits too")
    func limits() {
        #expect(ControlGroup.processors(cpuMax: "150000 100000\n") == 1.5)
        #expect(ControlGroup.processors(cpuMax: "max 100000\n") == nil)
        #expect(ControlGroup.processors(cpuMax: "") == nil)
        #expect(ControlGroup.bytes(memoryMax: "1073741824\n") == 1 << 30)
        #expect(ControlGroup.bytes(memoryMax: "max\n") == nil)
    }

    @Test("Sizes are read from lines with a key")
    func sizes() {
        let memory = "MemTotal:       24684084 kB\nMemAvailable:   1024 kB\n"
        #expect(SystemFile.bytes(of: "MemAvailable", in: memory) == 1 << 20)
        #expect(SystemFile.bytes(of: "MemFree", in: memory) == nil)
        #expect(SystemFile.bytes(of: "MemTotal", in: SystemFile.text("/proc/meminfo")) != nil)
        #expect(SystemFile.text("/proc/no-such-file") == "")
    }

    @Test("A limit on any group above this process's counts")
    func groups() {
        let text = "12:cpu:/old\n0::/system.slice/atelier.service\n"
        #expect(
            ControlGroup.folders(of: text) == [
                "/sys/fs/cgroup", "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/system.slice/atelier.service",
            ])
        #expect(ControlGroup.folders(of: "0::/\n") == ["/sys/fs/cgroup"])
        #expect(ControlGroup.folders(of: "") == ["/sys/fs/cgroup"])
    }
}
