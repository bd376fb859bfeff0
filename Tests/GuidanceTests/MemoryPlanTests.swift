import Guidance
import StarterModel
import TensorCPU
import TensorCore
import Testing
import VQGAN

@Suite("Plans of memory")
struct MemoryPlanTests {
    private func spec(_ side: Int = 96) -> RenderSpec {
        var spec = RenderDefaults.starter.spec
        spec.prompt = "a red circle"
        spec.size = PictureSize(width: side, height: side)
        spec.iterations = 3
        // A search of layouts would take more than a step does.
        spec.start = .gray
        spec.views.count = 8
        return spec
    }

    private func planner(_ spec: RenderSpec) throws -> MemoryPlanner {
        let backend = CPUBackend.rehearsal(threads: 2)
        return try MemoryPlanner(
            spec: spec, models: try GuidanceModels.load(ModelPaths(try StarterModel()), on: backend), on: backend)
    }

    @Test("More memory never makes a plan slower, and every plan stays within its budget")
    func monotone() throws {
        let planner = try planner(spec(192))
        let peaks = try planner.plans().map(\.peak).sorted()
        var last: MemoryPlan?
        for budget in peaks {
            let plan = try planner.plan(within: budget).get()
            #expect(plan.peak <= budget)
            if let last { #expect(plan.slowdown <= last.slowdown) }
            last = plan
        }
        // There is a choice: the leanest plan takes less, and longer, than the fastest.
        let (leanest, fastest) = (try planner.plan(within: peaks[0]).get(), try planner.plans()[0])
        #expect(leanest.peak < fastest.peak)
        #expect(leanest.slowdown > fastest.slowdown)
    }

    @Test(
        "A budget that is too small is refused in one line, with the smallest that works and the largest size that fits"
    )
    func refusal() throws {
        let planner = try planner(spec(256))
        let smallest = try #require(try planner.plans().map(\.peak).min())
        #expect(throws: Never.self) { try planner.plan(within: smallest).get() }
        let budget = MemorySize(bytes: smallest.bytes - 1)
        guard case .failure(let refusal) = try planner.plan(within: budget) else {
            Issue.record("\(budget) must be refused")
            return
        }
        #expect(refusal.smallest == smallest)
        let largest = try #require(refusal.largest)
        #expect(largest.width == largest.height && largest.width < 256)
        #expect(throws: Never.self) { try self.planner(spec(largest.width)).plan(within: budget).get() }
        #expect(!refusal.description.contains("\n"))
        #expect(refusal.description.contains("\(smallest)") && refusal.description.contains("\(largest)"))
        guard case .failure(let hopeless) = try planner.plan(within: MemorySize(bytes: 1 << 20)) else {
            Issue.record("a mebibyte must be refused")
            return
        }
        #expect(hopeless.largest == nil)
    }

    @Test(
        "A render takes the memory that was planned for its tensors to within a hundredth, and always gives the same",
        arguments: [
            MemoryStrategy(levels: [], cutoutBatch: 8),
            MemoryStrategy(levels: [.blocks(insides: 1), .blocks()], cutoutBatch: 8),
            MemoryStrategy(
                levels: [.level(keeping: 0), .level(keeping: 1), .blocks()], keepsTransforms: false, cutoutBatch: 8),
        ])
    func rehearsedAndReal(strategy: MemoryStrategy) throws {
        func greatest(_ backend: CPUBackend) throws -> (bytes: Int, losses: [Float]) {
            let models = try GuidanceModels.load(ModelPaths(try StarterModel()), on: backend)
            var loop = try RenderLoop(spec: spec(), models: models, backend: backend, strategy: strategy)
            try loop.run()
            return (backend.greatestBytes, loop.steps.map(\.loss))
        }
        let (real, rehearsed) = (try greatest(CPUBackend(threads: 2)), try greatest(.rehearsal(threads: 2)))
        #expect(abs(real.bytes - rehearsed.bytes) * 100 <= real.bytes)
        let fixture = try StarterFixture()
        var usual = try RenderLoop(spec: spec(), models: fixture.models, backend: fixture.backend)
        try usual.run()
        #expect(usual.steps.map(\.loss) == real.losses)
    }

    @Test("Sizes of memory are read in units of 1024 and written as they are read")
    func sizes() {
        #expect(MemorySize("2G")?.bytes == 2 << 30)
        #expect(MemorySize("1.5GiB")?.bytes == 3 << 29)
        #expect(MemorySize("768mb")?.bytes == 768 << 20)
        #expect(MemorySize("4096")?.bytes == 4096)
        for text in ["", "G", "-1G", "0", "2X", "1e3G", "1.2.3M", "2 G", "99999999T"] {
            #expect(MemorySize(text) == nil, "\(text)")
        }
        #expect("\(MemorySize(bytes: 2 << 30))" == "2G")
        #expect("\(MemorySize(bytes: (1 << 20) + 1))" == "2M")
    }
}
