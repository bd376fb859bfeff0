import TensorCPU
import TensorCore
import Testing

@Suite("Every operation on the processor")
struct OperationTests {
    @Test("The table has a row for every case of Operation")
    func complete() {
        #expect(Set(OperationCases.all.map(\.operation.caseName)) == Operation.caseNames)
        // The names are as many as the switch has: a copy of one, or one left out, would show here.
        #expect(Operation.caseNames.count == 49)
    }

    @Test("The result is that of the obvious loops in double precision", arguments: OperationCases.all)
    func correct(row: OperationCase) {
        let result = row.run(on: CPUBackend(threads: 2))
        let expected = row.operation.reference(row.references)
        let scale = max(1, expected.values.map(abs).max() ?? 0)
        let errors = zip(result, expected.values).map { abs(Double($0) - $1) / scale }
        let worst = errors.max() ?? .infinity
        #expect(
            result.count == expected.values.count && errors.allSatisfy { $0 <= row.tolerance },
            "\(row): error \(worst) at \(errors.firstIndex(of: worst) ?? -1)")
    }

    @Test("The result is the same bits for one, two and three threads", arguments: OperationCases.all)
    func deterministic(row: OperationCase) {
        let one = row.run(on: CPUBackend(threads: 1)).map(\.bitPattern)
        #expect(row.run(on: CPUBackend(threads: 2)).map(\.bitPattern) == one)
        #expect(row.run(on: CPUBackend(threads: 3)).map(\.bitPattern) == one)
    }
}
