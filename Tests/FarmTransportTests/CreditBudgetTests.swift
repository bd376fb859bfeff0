import FarmModel
public import FarmTransport
import Testing

extension Int: CreditKey {
    /// Transfers of one thousand belong together.
    public var owner: Int { self < 1_000 ? self : self / 1_000 * 1_000 }
}

@Suite struct CreditBudgetTests {
    private let chunk = Int64(Limits.chunkBytes)

    @Test("A transfer alone gets its window and no more than its size")
    func alone() {
        var budget = CreditBudget<Int>(total: 16 * chunk, window: 8 * chunk)
        #expect(budget.open(1, at: 0, limit: 100 * chunk).map(\.total) == [8 * chunk])
        #expect(budget.consumed(1, upTo: chunk) == [], "an eighth of a window is not worth a message")
        #expect(budget.consumed(1, upTo: 2 * chunk).map(\.total) == [10 * chunk])
        #expect(budget.open(2, at: 5, limit: 7).map(\.total) == [7])
        #expect(budget.close(1) == [])
        #expect(budget.out == 2)
        budget.checkInvariants()
    }

    @Test("Who finds nothing left is first in turn when something comes back")
    func turn() {
        var budget = CreditBudget<Int>(total: 4 * chunk, window: 4 * chunk)
        #expect(budget.open(1, at: 0, limit: .max / 2).count == 1)
        #expect(budget.open(2, at: 0, limit: .max / 2) == [])
        let grants = budget.consumed(1, upTo: chunk)
        #expect(grants.map(\.key) == [2])
        #expect(grants.map(\.total) == [chunk])
        #expect(budget.consumed(1, upTo: 2 * chunk).map(\.key) == [2])
        budget.checkInvariants()
    }

    @Test("What one brings in several transfers is no more than his part, and nobody waits for him")
    func parts() {
        var budget = CreditBudget<Int>(total: 32 * chunk, window: 8 * chunk, perOwner: 8 * chunk)
        #expect(budget.open(1_001, at: 0, limit: .max / 2).map(\.total) == [8 * chunk])
        #expect(budget.open(1_002, at: 0, limit: .max / 2) == [], "all of his part is out")
        budget.checkInvariants()
        #expect(budget.open(2_001, at: 0, limit: .max / 2).map(\.total) == [8 * chunk])
        // From now on each of the two has half of it.
        #expect(budget.consumed(1_001, upTo: chunk).map(\.key) == [1_002])
        #expect(budget.consumed(1_001, upTo: 4 * chunk).map(\.total) == [4 * chunk])
        budget.checkInvariants()
        #expect(budget.consumed(1_001, upTo: 8 * chunk).map(\.total) == [12 * chunk])
        // What he gives up is his again.
        #expect(budget.close(1_001).map(\.total) == [8 * chunk])
        #expect(budget.close(1_002) == [] && budget.out == 8 * chunk)
        budget.checkInvariants()
    }

    @Test("While credit is withheld nobody is granted any; afterwards everybody is who waited")
    func holding() {
        var budget = CreditBudget<Int>(total: 8 * chunk, window: 2 * chunk)
        #expect(budget.open(1, at: 0, limit: 9 * chunk).map(\.total) == [2 * chunk])
        #expect(budget.hold(true) == [])
        #expect(budget.open(2, at: 5, limit: chunk) == [])
        // What was granted before still comes and is counted.
        #expect(budget.consumed(1, upTo: 2 * chunk) == [] && budget.out == 0)
        let grants = budget.hold(false)
        #expect(Set(grants.map(\.key)) == [1, 2] && Set(grants.map(\.total)) == [4 * chunk, chunk])
        budget.checkInvariants()
    }

    @Test("What a lost peer had out goes to the others")
    func closing() {
        var budget = CreditBudget<Int>(total: 2 * chunk, window: 2 * chunk)
        _ = budget.open(1, at: 0, limit: .max / 2)
        #expect(budget.open(2, at: 0, limit: chunk) == [])
        #expect(budget.close(1).map(\.total) == [chunk])
        #expect(budget.close(1) == [], "twice is harmless")
        budget.checkInvariants()
    }

    @Test(
        "A hundred transfers share a small budget: the bound holds and all of them finish",
        arguments: 1...20 as ClosedRange<UInt64>)
    func crowd(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var budget = CreditBudget<Int>(total: 16 * chunk, window: 4 * chunk)
        let size = 9 * chunk + 17
        var granted = [Int: Int64]()
        var written = [Int: Int64]()
        func note(_ grants: [CreditBudget<Int>.Grant]) {
            for grant in grants {
                #expect(grant.total > granted[grant.key, default: 0], "credit only grows")
                granted[grant.key] = grant.total
            }
            budget.checkInvariants()
        }
        for key in 0..<100 { note(budget.open(key, at: 0, limit: size)) }
        var open = Set(0..<100)
        while !open.isEmpty {
            let ready = open.filter { granted[$0, default: 0] > written[$0, default: 0] }.sorted()
            guard let key = ready.randomElement(using: &generator) else {
                Issue.record("\(open.count) transfers starve")
                return
            }
            let limit = granted[key, default: 0]
            let amount = min(limit, written[key, default: 0] + Int64.random(in: 1...chunk, using: &generator))
            written[key] = amount
            note(budget.consumed(key, upTo: amount))
            if amount == size {
                open.remove(key)
                note(budget.close(key))
            }
        }
        #expect(budget.out == 0)
    }
}
